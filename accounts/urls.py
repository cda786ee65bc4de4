from django.urls import path

from accounts import views

urlpatterns = [
    # me/ itself is in privacy/urls.py: its DELETE has to know every app
    path("me/api-keys/", views.ApiKeys.as_view(), name="api-keys"),
    path("me/api-keys/<int:pk>/", views.ApiKeyDetail.as_view(), name="api-key"),
]
