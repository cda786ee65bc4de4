from django.urls import path

from images import cut_out_views, event_views, garment_views, views

urlpatterns = [
    path("images/", views.ImageUpload.as_view(), name="image-upload"),
    path("images/<uuid:image_id>/", views.ImageDetail.as_view(), name="image-detail"),
    path("images/<uuid:image_id>/garments/", garment_views.GarmentAddition.as_view(), name="image-garments"),
    path("garments/<uuid:uid>/", garment_views.GarmentDetail.as_view(), name="garment-detail"),
    path("garments/<uuid:uid>/cut-out/", cut_out_views.GarmentCutOut.as_view(), name="garment-cut-out"),
    path("images/<uuid:image_id>/file/", views.ImageFile.as_view(), name="image-file"),
    path("images/<uuid:image_id>/events/", event_views.ImageEvents.as_view(), name="image-events"),
    path("images/<uuid:image_id>/thumbnail/", views.ImageThumbnail.as_view(), name="image-thumbnail"),
]
