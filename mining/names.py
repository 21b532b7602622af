"""Names of channels as pages show them, and the order of lanes on a process map."""

from __future__ import annotations

from journeys.schema import BACK_OFFICE

CHANNEL_NAMES = {
    "web": "Web",
    "web_form": "Web form",
    "web_chat": "Web chat",
    "email": "E-mail",
    "sms": "Text message",
    "phone": "Phone",
    "face_to_face": "Face to face",
    "post": "Post",
    "other": "Other",
    "outbound": "We contact them",
    BACK_OFFICE: "Back office",
}
CHANNELS_IN_ORDER = tuple(CHANNEL_NAMES)
# Columns of a process map: few enough to be wide enough, in the order most people pass them.
LANES = {
    "web": "Web",
    "written": "E-mail and post",
    "phone": "Phone",
    "face_to_face": "Face to face",
    BACK_OFFICE: "Back office",
}
_LANE_OF_CHANNEL = {
    "web": "web",
    "web_form": "web",
    "web_chat": "web",
    "email": "written",
    "post": "written",
    "sms": "written",
    "phone": "phone",
    "face_to_face": "face_to_face",
    "outbound": BACK_OFFICE,
    "other": BACK_OFFICE,
    BACK_OFFICE: BACK_OFFICE,
}


def lane_of(channel: str) -> str:
    """The column of a process map a channel belongs to."""
    return _LANE_OF_CHANNEL[channel]


def channel_name(channel: str) -> str:
    """A channel in words."""
    return CHANNEL_NAMES.get(channel, channel.replace("_", " ").capitalize())
