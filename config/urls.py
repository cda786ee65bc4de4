from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="api-docs"), name="home"),
    path("admin/", admin.site.urls),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("_allauth/", include("allauth.headless.urls")),
    path("api/v1/", include("accounts.urls")),
    path("api/v1/", include("privacy.urls")),
    path("api/v1/", include("images.urls")),
    path("api/v1/", include("catalog.urls")),
    path("api/v1/", include("search.urls")),
    path("api/v1/", include("wardrobe.urls")),
    path("api/v1/", include("outfits.urls")),
    path("api/v1/", include("recommendations.urls")),
    path("api/v1/", include("moderation.urls")),
    path("health/live", health.live),
    path("health/ready", health.ready),
    path("metrics", health.metrics),
]

handler400 = "config.problems.bad_request"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"
