from django.urls import path

from recommendations import taste_views, views

urlpatterns = [
    path("recommendations/photos/", views.Feed.as_view(), name="recommendation-list"),
    path("recommendations/photos/<int:pk>/feedback/", views.Feedback.as_view(), name="recommendation-feedback"),
    path("recommendations/events/", views.Events.as_view(), name="recommendation-events"),
    path("recommendations/taste/", taste_views.TasteDetail.as_view(), name="taste"),
    path("recommendations/hidden/photos/", taste_views.HiddenPhotos.as_view(), name="hidden-photos"),
    path(
        "recommendations/hidden/photographers/<int:pk>/",
        taste_views.HiddenPhotographerDetail.as_view(),
        name="hidden-photographer",
    ),
    path("photos/<int:pk>/like/", views.PhotoLike.as_view(), name="photo-like"),
]
