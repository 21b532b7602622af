"""The assessment says what the settings say, leaves to people what only they can judge, and changes when settings do."""

from __future__ import annotations

from builders_mining import example_settings

from reports.dpia import write_assessment


def test_every_source_stands_there_with_its_purpose_ground_and_owner() -> None:
    settings = example_settings()
    lines = write_assessment(settings).splitlines()
    for source in settings.sources:
        (row,) = [line for line in lines if line.startswith(f"| {source.name} |")]
        assert source.purpose in row
        assert source.lawful_basis in row
        assert source.owner in row
    (crm,) = [line for line in lines if line.startswith("| crm |")]
    assert "account, phone, email, name, postcode" in crm


def test_what_is_not_said_or_not_ours_to_judge_is_left_to_fill_in() -> None:
    settings = example_settings()
    crm = next(source for source in settings.sources if source.name == "crm")
    silent = settings.model_copy(update={"sources": (crm.model_copy(update={"purpose": "", "owner": ""}),)})
    (row,) = [line for line in write_assessment(silent).splitlines() if line.startswith("| crm |")]
    assert row.count("[to fill in]") == 2
    assert "Data protection officer: [to fill in]" in write_assessment(settings)


def test_retention_and_hidden_counts_are_those_of_the_settings() -> None:
    settings = example_settings()
    stricter = settings.model_copy(
        update={
            "privacy": settings.privacy.model_copy(update={"keep_notes": "none", "retain_contacts_months": 13}),
            "publishing": settings.publishing.model_copy(update={"suppress_below": 20}),
        }
    )
    text = write_assessment(stricter)
    assert "kept for 13 months, notes not at all" in text
    assert "counts below 20 persons are hidden" in text
    assert "91 days" not in text
