from django.urls import path

from images import views

urlpatterns = [
    path("images/", views.ImageUpload.as_view(), name="image-upload"),
    path("images/<uuid:image_id>/", views.ImageDetail.as_view(), name="image-detail"),
    path("images/<uuid:image_id>/file/", views.ImageFile.as_view(), name="image-file"),
    path("images/<uuid:image_id>/thumbnail/", views.ImageThumbnail.as_view(), name="image-thumbnail"),
]
