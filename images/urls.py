from django.urls import path

from images import views

urlpatterns = [
    path("images/", views.ImageUpload.as_view(), name="image-upload"),
    path("images/<uuid:image_id>/", views.ImageDetail.as_view(), name="image-detail"),
    path("images/<uuid:image_id>/file/", views.image_file, {"size": "original"}, name="image-file"),
    path("images/<uuid:image_id>/thumbnail/", views.image_file, {"size": "thumbnail"}, name="image-thumbnail"),
]
