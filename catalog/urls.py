from django.urls import path

from catalog import like_views, views

urlpatterns = [
    path("products/", views.ProductList.as_view(), name="product-list"),
    path("products/<int:pk>/", views.ProductDetail.as_view(), name="product-detail"),
    path("photos/", views.PhotoList.as_view(), name="photo-list"),
    path("photos/<int:pk>/", views.PhotoDetail.as_view(), name="photo-detail"),
    path("products/<int:pk>/like/", like_views.ProductLike.as_view(), name="product-like"),
    # photos/<pk>/like/ is in recommendations/urls.py: its DELETE tells of taste
    path("likes/", like_views.LikeList.as_view(), name="like-list"),
]
