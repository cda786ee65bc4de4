from django.urls import path

from wardrobe import match_views, statistics_views, upload_views, views, wear_views

urlpatterns = [
    path("wardrobe/uploads/", upload_views.UploadList.as_view(), name="upload-list"),
    path("wardrobe/uploads/<uuid:upload_id>/", upload_views.UploadDetail.as_view(), name="upload-detail"),
    path("wardrobe/items/", views.ItemList.as_view(), name="item-list"),
    path("wardrobe/items/<uuid:item_id>/", views.ItemDetail.as_view(), name="item-detail"),
    path("wardrobe/items/<uuid:item_id>/pictures/", views.ItemPictures.as_view(), name="item-pictures"),
    path(
        "wardrobe/items/<uuid:item_id>/pictures/<uuid:garment_id>/",
        views.ItemPictureDetail.as_view(),
        name="item-picture",
    ),
    path("wardrobe/items/<uuid:item_id>/merge/", views.ItemMerge.as_view(), name="item-merge"),
    path("wardrobe/items/<uuid:item_id>/wears/", wear_views.ItemWears.as_view(), name="item-wears"),
    path("wardrobe/items/<uuid:item_id>/wears/<str:day>/", wear_views.ItemWear.as_view(), name="item-wear"),
    path("wardrobe/items/<uuid:item_id>/washes/", wear_views.ItemWashes.as_view(), name="item-washes"),
    path("wardrobe/items/<uuid:item_id>/washes/<str:day>/", wear_views.ItemWash.as_view(), name="item-wash"),
    path("wardrobe/wears/", wear_views.Wears.as_view(), name="wears"),
    path("wardrobe/matches/", match_views.Matches.as_view(), name="wardrobe-matches"),
    path("wardrobe/statistics/", statistics_views.WardrobeStatistics.as_view(), name="wardrobe-statistics"),
]
