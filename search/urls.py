from django.urls import path

from search import views

urlpatterns = [
    path("search/", views.Search.as_view(), name="search"),
    path("search/pages/<str:cursor>/", views.SearchPage.as_view(), name="search-page"),
    path("search/history/", views.History.as_view(), name="search-history"),
    path("search/history/<int:pk>/", views.HistoryEntry.as_view(), name="search-history-entry"),
]
