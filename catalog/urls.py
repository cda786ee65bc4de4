from django.urls import path

from catalog import views

urlpatterns = [
    path("products/", views.ProductList.as_view(), name="product-list"),
    path("products/<int:pk>/", views.ProductDetail.as_view(), name="product-detail"),
    path("photos/", views.PhotoList.as_view(), name="photo-list"),
    path("photos/<int:pk>/", views.PhotoDetail.as_view(), name="photo-detail"),
]
