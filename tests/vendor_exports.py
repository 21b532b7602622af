"""Small exports with the field names the makers document; fictional people, drama numbers."""

from __future__ import annotations

import json
from typing import Any


def lines(*rows: dict[str, Any]) -> str:
    """JSON lines."""
    return "".join(json.dumps(row) + "\n" for row in rows)


def connect_record(contact: str, updated: str, **more: Any) -> dict[str, Any]:
    """One Amazon Connect contact record."""
    base: dict[str, Any] = {
        "AWSContactTraceRecordFormatVersion": "2017-03-10", "ContactId": contact, "InitialContactId": None,
        "PreviousContactId": None, "NextContactId": None, "Channel": "VOICE", "InitiationMethod": "INBOUND",
        "InitiationTimestamp": "2026-11-02T09:00:00Z", "ConnectedToSystemTimestamp": "2026-11-02T09:00:01Z",
        "DisconnectTimestamp": "2026-11-02T09:10:00Z", "LastUpdateTimestamp": updated,
        "DisconnectReason": "CUSTOMER_DISCONNECT", "Queue": {"Name": "Council tax", "Duration": 60},
        "Agent": {"AgentInteractionDuration": 300, "Username": "not kept"},
        "CustomerEndpoint": {"Type": "TELEPHONE_NUMBER", "Address": "+447700900123"},
    }  # fmt: skip
    return {**base, **more}


AMAZON = lines(
    # The later version comes first: order of delivery must not matter.
    connect_record("c-1", "2026-11-02T09:20:00Z", DisconnectReason="AGENT_DISCONNECT"),
    connect_record("c-1", "2026-11-02T09:12:00Z"),
    connect_record(
        "c-2", "2026-11-02T09:30:00Z", InitialContactId="c-1", PreviousContactId="c-1", InitiationMethod="TRANSFER",
        InitiationTimestamp="2026-11-02T09:10:00Z", Queue={"Name": "Waste", "Duration": 30},
    ),
    connect_record(
        "c-3", "2026-11-03T10:05:00Z", InitiationTimestamp="2026-11-03T10:00:00Z", Agent=None,
        CustomerEndpoint={"Type": "TELEPHONE_NUMBER", "Address": "anonymous"},
    ),
)  # fmt: skip

GENESYS = json.dumps(
    {
        "conversations": [
            {
                "conversationId": "g-1", "conversationStart": "2026-11-02T09:00:00.000Z",
                "conversationEnd": "2026-11-02T09:08:00.000Z", "originatingDirection": "inbound",
                "participants": [
                    {"purpose": "customer", "sessions": [{"mediaType": "voice", "ani": "tel:+447700900124"}]},
                    {"purpose": "acd", "participantName": "Waste", "sessions": [{"mediaType": "voice"}]},
                    {"purpose": "agent", "sessions": [
                        {"mediaType": "voice", "segments": [{"wrapUpCode": "MISSED", "wrapUpNote": "bin missed again"}]}
                    ]},
                ],
            },
            {
                "conversationId": "g-2", "conversationStart": "2026-11-02T10:00:00.000Z",
                "conversationEnd": "2026-11-02T10:01:00.000Z", "originatingDirection": "inbound",
                "participants": [{"purpose": "customer", "sessions": [{"mediaType": "chat"}]}],
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
_PAGE = "https://www.example.org/council-tax/pay"
GA4_FIRST = lines(
    ga4_event("u.1", _NINE, "page_view", 11, _PAGE),
    ga4_event("u.1", _NINE + 60_000_000, "form_start", 11, _PAGE),
    ga4_event("u.2", _NINE, "page_view", 12, "https://www.example.org/bins"),
)
GA4_RESTATED = lines(  # the second visitor has gone from the table, the first has one event more
    ga4_event("u.1", _NINE, "page_view", 11, _PAGE),
    ga4_event("u.1", _NINE + 60_000_000, "form_start", 11, _PAGE),
    ga4_event("u.1", _NINE + 120_000_000, "form_submit", 11, _PAGE),
)

MATOMO = json.dumps(
    [
        {
            "idVisit": "13", "visitorId": "a1b2c3", "serverTimestamp": 1793610000, "visitDuration": "180",
            "visitConverted": "1", "userId": None, "actions": "2",
            "actionDetails": [{"type": "action", "url": "https://www.example.org/bins", "timestamp": 1793610000}],
        }
    ]
)  # fmt: skip

OPEN311 = json.dumps(
    [
        {
            "service_request_id": 638344, "status": "open", "service_name": "Missed bin", "service_code": "MISSEDBIN",
            "description": "the green bin was left again", "requested_datetime": "2026-11-02T09:00:00+00:00",
            "updated_datetime": "2026-11-02T12:00:00+00:00", "expected_datetime": "2026-11-09T00:00:00+00:00",
            "address": "8 High Row", "address_id": 545483, "zipcode": "", "lat": 51.5, "long": -0.1,
        }
    ]
)  # fmt: skip

SALESFORCE = """CaseNumber,CreatedDate,LastModifiedDate,ClosedDate,Origin,Status,Subject,Description,ContactId,SuppliedName,SuppliedEmail,SuppliedPhone,Type,Reason,Priority
00001001,2026-11-02T09:00:00.000Z,2026-11-03T09:00:00.000Z,2026-11-03T09:00:00.000Z,Email,Closed,Bill,why has it gone up,003A1,,pat@example.org,,Council tax,Question,Medium
00001002,2026-11-02T10:00:00.000Z,2026-11-02T10:00:00.000Z,,In Person,New,Bin,no bin came,,,,07700 900125,Bins,Problem,Medium
"""

DYNAMICS = """ticketnumber,title,createdon,modifiedon,caseorigincode,customerid,description,statecode,resolveby,casetypecode,subjectid
CAS-01001-A1,Bill,2026-11-02T09:00:00Z,2026-11-02T09:30:00Z,1,9a,asks for a copy,0,2026-11-12T09:00:00Z,1,Council tax
CAS-01002-A2,Bin,2026-11-02T10:00:00Z,2026-11-02T10:30:00Z,9,,unknown origin,0,,2,Bins
"""

COUNTER = """TicketNumber;Branch;ServiceName;Issued;Called;Closed;Outcome
A001;Town Hall;Council tax;02/11/2026 09:00:00;02/11/2026 09:12:30;02/11/2026 09:20:00;Served
A002;Town Hall;Housing;02/11/2026 09:05:00;;02/11/2026 09:30:00;Left
A001;Town Hall;Housing;03/11/2026 09:05:00;03/11/2026 09:06:00;03/11/2026 09:16:00;Served
"""
