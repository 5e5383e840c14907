"""A rule's wishes as the JSON that its row keeps."""

from __future__ import annotations

import json
from dataclasses import asdict

from store.model.drop_options import (
    Expectation,
    Form,
    FoundIn,
    Further,
    Grouping,
    Limits,
    RuleOptions,
    SameName,
)


def options_as_json(options: RuleOptions) -> str:
    """What `options_of` reads."""
    return json.dumps(asdict(options), sort_keys=True)


def options_of(text: str) -> RuleOptions:
    """The wishes in a row; '{}' are those of a rule that an earlier Pli made."""
    said = json.loads(text)
    if not said:
        return RuleOptions()
    expects = said.pop("expects")
    if expects is not None:
        expects = Expectation(**{**expects, "days": tuple(expects["days"])})
    limits = Limits(**said.pop("limits"))
    grouping, search = Grouping(said.pop("grouping")), tuple(map(FoundIn, said.pop("search")))
    # What a rule of an earlier Pli does not say is what it did then.
    form = Form(said.pop("form", ""))
    to_patient, to_dmp = (Further(said.pop(key, "")) for key in ("to_patient", "to_dmp"))
    same_name = SameName(said.pop("same_name", ""))
    return RuleOptions(
        grouping=grouping,
        search=search,
        expects=expects,
        limits=limits,
        form=form,
        to_patient=to_patient,
        to_dmp=to_dmp,
        same_name=same_name,
        **said,
    )
