from django.urls import path

from outfits import calendar_views, capsule_views, plan_views, suggestion_views, views

urlpatterns = [
    path("outfits/", views.OutfitList.as_view(), name="outfits"),
    path("outfits/<uuid:outfit_id>/", views.OutfitDetail.as_view(), name="outfit"),
    path("outfits/<uuid:outfit_id>/clone/", views.OutfitClone.as_view(), name="outfit-clone"),
    path("outfits/<uuid:outfit_id>/wears/", views.OutfitWears.as_view(), name="outfit-wears"),
    path("outfits/<uuid:outfit_id>/cover/", views.OutfitCover.as_view(), name="outfit-cover"),
    path("outfits/suggestions/", suggestion_views.Suggestions.as_view(), name="outfit-suggestions"),
    path(
        "outfits/suggestions/<str:suggestion_id>/photos/",
        suggestion_views.SuggestionPhotos.as_view(),
        name="outfit-suggestion-photos",
    ),
    path("outfits/matches/", suggestion_views.Completion.as_view(), name="outfit-matches"),
    path("outfits/capsules/", capsule_views.Capsules.as_view(), name="outfit-capsules"),
    path("outfits/versatility/", capsule_views.Versatility.as_view(), name="outfit-versatility"),
    path("outfits/calendar/", calendar_views.CalendarAddress.as_view(), name="calendar"),
    path("calendars/<str:token>.ics", calendar_views.CalendarFeed.as_view(), name="calendar-feed"),
    path("plans/", plan_views.PlanList.as_view(), name="plans"),
    path("plans/<uuid:plan_id>/", plan_views.PlanDetail.as_view(), name="plan"),
    path("plans/<uuid:plan_id>/wears/", plan_views.PlanWears.as_view(), name="plan-wears"),
]
