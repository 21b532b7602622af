"""Small exports with the field names the makers document; fictional people, drama numbers."""

from __future__ import annotations

import json
from typing import Any


def lines(*rows: dict[str, Any]) -> str:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def connect_record(contact: str, updated: str, **more: Any) -> dict[str, Any]:
    """One Amazon Connect contact record of an answered call."""
    base: dict[str, Any] = {
        "AWSContactTraceRecordFormatVersion": "2017-03-10", "ContactId": contact, "InitialContactId": None,
        "PreviousContactId": None, "NextContactId": None, "Channel": "VOICE", "InitiationMethod": "INBOUND",
        "InitiationTimestamp": "2026-11-02T09:00:00Z", "ConnectedToSystemTimestamp": "2026-11-02T09:00:01Z",
        "DisconnectTimestamp": "2026-11-02T09:10:00Z", "LastUpdateTimestamp": updated,
        "DisconnectReason": "CUSTOMER_DISCONNECT",
        "Queue": {"Name": "Council tax", "Duration": 60, "EnqueueTimestamp": "2026-11-02T09:00:30Z"},
        "Agent": {
            "AgentInteractionDuration": 300, "ConnectedToAgentTimestamp": "2026-11-02T09:01:30Z", "Username": "not kept",
        },
        "CustomerEndpoint": {"Type": "TELEPHONE_NUMBER", "Address": "+447700900123"},
    }  # fmt: skip
    return {**base, **more}


AMAZON_LATEST = connect_record("c-1", "2026-11-02T09:20:00Z", DisconnectReason="AGENT_DISCONNECT")
AMAZON_EARLIER = connect_record("c-1", "2026-11-02T09:12:00Z")
AMAZON_OTHERS = (
    connect_record(
        "c-2", "2026-11-02T09:30:00Z", InitialContactId="c-1", PreviousContactId="c-1", InitiationMethod="TRANSFER",
        InitiationTimestamp="2026-11-02T09:10:00Z",
        Queue={"Name": "Waste", "Duration": 30, "EnqueueTimestamp": "2026-11-02T09:10:00Z"},
    ),
    connect_record(
        "c-3", "2026-11-03T10:05:00Z", InitiationTimestamp="2026-11-03T10:00:00Z", Agent=None,
        CustomerEndpoint={"Type": "TELEPHONE_NUMBER", "Address": "anonymous"},
    ),
    connect_record(
        "c-4", "2026-11-04T10:05:00Z", InitiationTimestamp="2026-11-04T10:00:00Z", InitiationMethod="API", Queue=None,
    ),
    connect_record(
        "c-5", "2026-11-05T10:05:00Z", InitiationTimestamp="2026-11-05T10:00:00Z", InitiationMethod="API",
        Channel="TASK", CustomerEndpoint=None, Queue=None,
    ),
)  # fmt: skip


def _metrics(**values: int) -> list[dict[str, Any]]:
    return [{"emitDate": "2026-11-02T09:07:00.000Z", "name": name, "value": value} for name, value in values.items()]


GENESYS = json.dumps(
    {
        "conversations": [
            {
                "conversationId": "g-1", "conversationStart": "2026-11-02T09:00:00.000Z",
                "conversationEnd": "2026-11-02T09:08:00.000Z", "originatingDirection": "inbound",
                "participants": [
                    {
                        "participantId": "p1", "purpose": "customer",
                        "sessions": [{"mediaType": "voice", "ani": "tel:+447700900124", "dnis": "tel:+441632960001"}],
                    },
                    {"participantId": "p2", "purpose": "ivr", "participantName": "Menu", "sessions": [{}]},
                    {
                        "participantId": "p3", "purpose": "acd", "participantName": "Waste",
                        "sessions": [{"mediaType": "voice", "metrics": _metrics(nOffered=1, tAcd=90_500)}],
                    },
                    {
                        "participantId": "p4", "purpose": "agent", "sessions": [{
                            "mediaType": "voice", "metrics": _metrics(tAlert=2_000, tAnswered=92_500, tHandle=240_000),
                            "segments": [
                                {"segmentType": "alert"}, {"segmentType": "interact"},
                                {"segmentType": "wrapup", "wrapUpCode": "MISSED", "wrapUpNote": "bin missed again"},
                            ],
                        }],
                    },
                ],
            },
            {
                "conversationId": "g-2", "conversationStart": "2026-11-02T10:00:00.000Z",
                "conversationEnd": "2026-11-02T10:01:00.000Z", "originatingDirection": "inbound",
                "participants": [
                    {"participantId": "p5", "purpose": "customer", "sessions": [
                        {"mediaType": "message", "messageType": "sms", "addressFrom": "+447700900126"}
                    ]},
                    {"participantId": "p6", "purpose": "acd", "participantName": "Council tax",
                     "sessions": [{"mediaType": "message", "metrics": _metrics(tAbandon=45_000)}]},
                ],
            },
            {
                "conversationId": "g-3", "conversationStart": "2026-11-02T11:00:00.000Z",
                "conversationEnd": "2026-11-02T11:01:00.000Z", "originatingDirection": "outbound",
                "participants": [
                    {"participantId": "p7", "purpose": "agent", "sessions": [{"mediaType": "voice"}]},
                    {"participantId": "p8", "purpose": "external", "sessions": [
                        {"mediaType": "voice", "ani": "tel:+441632960001", "dnis": "tel:+447700900124"}
                    ]},
                ],
            },
        ]
    }
)  # fmt: skip


def ga4_event(user: str, micros: int, name: str, session: int, page: str) -> dict[str, Any]:
    """One row of a daily events table."""
    return {
        "event_date": "20261102", "event_timestamp": str(micros), "event_name": name, "user_pseudo_id": user,
        "event_bundle_sequence_id": "7", "device": {"category": "mobile"},
        "event_params": [
            {"key": "ga_session_id", "value": {"string_value": None, "int_value": str(session)}},
            {"key": "page_location", "value": {"string_value": page, "int_value": None}},
        ],
    }  # fmt: skip


_NINE = 1_793_610_000_000_000  # 2 November 2026, 09:00 UTC, in microseconds
_PAGE = "https://www.example.org/council-tax/pay?email=pat@example.org#top"
GA4_FIRST = lines(
    ga4_event("u.1", _NINE, "page_view", 11, _PAGE),
    ga4_event("u.1", _NINE + 60_000_000, "form_start", 11, _PAGE),
    ga4_event("u.2", _NINE, "page_view", 11, "https://www.example.org/bins"),  # session numbers repeat
)
GA4_RESTATED = lines(  # the second visitor has gone from the table, the first has one event more
    ga4_event("u.1", _NINE, "page_view", 11, _PAGE),
    ga4_event("u.1", _NINE + 60_000_000, "form_start", 11, _PAGE),
    ga4_event("u.1", _NINE + 120_000_000, "form_submit", 11, _PAGE),
)


def matomo_visit(last_action: int, seconds: int, converted: int) -> dict[str, Any]:
    """One visit that began at 09:00; serverTimestamp is its last action, as Matomo has it."""
    return {
        "idVisit": 13, "visitorId": "a1b2c3", "visitIp": "192.0.2.7", "serverTimestamp": last_action,
        "lastActionTimestamp": last_action, "firstActionTimestamp": 1793610000, "visitDuration": str(seconds),
        "visitConverted": str(converted), "userId": None, "actions": "2",
        "actionDetails": [
            {"type": "action", "url": "https://www.example.org/bins?name=Pat", "timestamp": 1793610000},
            {"type": "action", "url": "https://www.example.org/bins/missed", "timestamp": last_action},
        ],
    }  # fmt: skip


MATOMO_WHOLE = json.dumps([matomo_visit(1793610180, 180, 1)])
MATOMO_HALF = json.dumps([matomo_visit(1793610060, 60, 0)])

OPEN311 = json.dumps(
    [
        {
            "service_request_id": 638344, "status": "open", "service_name": "Missed bin", "service_code": "MISSEDBIN",
            "description": "the green bin was left again", "requested_datetime": "2026-11-02T09:00:00+00:00",
            "updated_datetime": "2026-11-02T12:00:00+00:00", "expected_datetime": "2026-11-09T00:00:00+00:00",
            "address": "8 High Row", "address_id": 545483, "zipcode": "", "lat": 51.5, "long": -0.1,
        },
        {
            "service_request_id": 638345, "status": "closed", "service_name": "Pothole", "service_code": "POTHOLE",
            "description": None, "requested_datetime": "2026-11-02T10:30:00+01:00",
            "updated_datetime": "2026-11-04T12:00:00Z", "expected_datetime": None, "address": "9 High Row",
        },
    ]
)  # fmt: skip

SALESFORCE = """CaseNumber,CreatedDate,LastModifiedDate,ClosedDate,Origin,Status,Subject,Description,ContactId,SuppliedName,SuppliedEmail,SuppliedPhone,Type,Reason,Priority
00001001,2026-11-02T09:00:00.000Z,2026-11-03T09:00:00.000Z,2026-11-03T09:00:00.000Z,Email,Closed,Bill,why has it gone up,003A1,,pat@example.org,,Council tax,Question,Medium
00001002,2026-11-02T10:00:00.000+0000,2026-11-02T10:00:00.000+0000,,In Person,New,Bin,no bin came,,,,07700 900125,Bins,Problem,Medium
"""

DYNAMICS = """ticketnumber,title,createdon,modifiedon,caseorigincode,customerid,description,statecode,resolveby,casetypecode,subjectid
CAS-01001-A1,Bill,2026-11-02T09:00:00Z,2026-11-02T09:30:00Z,1,9a,asks for a copy,0,2026-11-12T09:00:00Z,1,Council tax
CAS-01002-A2,Bin,2026-11-02T10:00:00Z,2026-11-02T10:30:00Z,9,,unknown origin,0,,2,Bins
"""

COUNTER = """TicketNumber;Branch;ServiceName;Issued;Called;Closed;Waiting time;Transaction time;Outcome
A001;Town Hall;Council tax;02/11/2026 09:00:00;02/11/2026 09:12:30;02/11/2026 09:20:00;00:12;00:08;Normal
A002;Town Hall;Housing;02/11/2026 09:05:00; ;02/11/2026 09:30:00;00:25;;Left
A003;Town Hall;Housing;02/11/2026 09:10:00;02/11/2026 09:20:00;02/11/2026 09:21:00;00:10;00:01;No show
A001;Town Hall;Housing;03/11/2026 09:05:00;03/11/2026 09:06:00;03/11/2026 09:16:00;00:01;00:10;Normal
"""
