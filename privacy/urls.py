from django.urls import path

from privacy import views

urlpatterns = [
    path("me/", views.Me.as_view(), name="me"),
    path("me/export/", views.MyExport.as_view(), name="me-export"),
    path("me/export/file/", views.MyExportFile.as_view(), name="me-export-file"),
]
