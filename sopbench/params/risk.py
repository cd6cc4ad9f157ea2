"""What a params file may say of risk: how demand, suppliers and resources may differ from plan, and how to hedge."""

from __future__ import annotations

from pydantic import Field

from sopbench.params.section import Section


class Outage(Section):
    """How often a resource fails and what it then loses, where it is not as the others."""

    resource_id: str = Field(description="the resource")
    chance: float = Field(ge=0, le=1, description="probability that it fails in a bucket")
    hours_lost: float = Field(ge=0, le=1, description="share of the bucket's hours lost when it fails")


class Delay(Section):
    """How often a supplier is late and by how much, where it is not as the others."""

    origin_id: str = Field(description="the supplier")
    chance: float = Field(ge=0, le=1, description="probability that what was ordered from it in a bucket is late")
    buckets: int = Field(ge=1, description="buckets by which it is then late")


class Hedge(Section):
    """A plan that hedges: decided now for several courses of demand, with the worst ones in mind."""

    solve: bool = Field(True, description="whether a hedging plan is looked for")
    courses: int = Field(40, ge=1, le=200, description="courses of demand it is planned for, of those drawn")
    buckets: int = Field(6, ge=1, description="buckets it looks ahead")
    now: int = Field(2, ge=1, description="buckets at the start decided before demand is known")
    weight: float = Field(
        1.0, ge=0, description="what the worst courses weigh beside the average; 0 = the average alone"
    )
    worst: float = Field(0.10, gt=0, le=1, description="share of courses that are the worst ones")
    late_share: float = Field(0.10, ge=0, description="of price, what a unit late by one bucket costs")
    holding_share: float = Field(0.02, ge=0, description="of unit cost, to hold one unit for one bucket")
    change_share: float = Field(
        0.01, ge=0, description="of unit cost, what a unit started otherwise than planned must earn to be changed"
    )
    leftover_share: float = Field(0.95, ge=0, le=1, description="of unit cost, what a unit left at the end is worth")


class Risk(Section):
    """Risk: the plan played against many courses of demand, delays and outages."""

    paths: int = Field(1000, ge=1, le=100_000, description="courses of events drawn")
    seed: int = Field(1, ge=0, description="the draw: the same number, the same courses")
    demand: bool = Field(
        True, description="whether demand differs from the consensus, by the forecast's own p10 to p90"
    )
    family_correlation: float = Field(0.3, ge=0, le=1, description="how far items of a family err together; 0 = not")
    time_correlation: float = Field(0.6, ge=0, lt=1, description="how far an error lasts into the next bucket; 0 = not")
    late_chance: float = Field(0.05, ge=0, le=1, description="probability that what is bought in a bucket comes late")
    late_buckets: int = Field(1, ge=1, description="buckets by which it is then late")
    delays: list[Delay] = Field([], description="suppliers for which that is different")
    outage_chance: float = Field(0.03, ge=0, le=1, description="probability that a resource fails in a bucket")
    outage_hours_lost: float = Field(0.25, ge=0, le=1, description="share of the bucket's hours it then loses")
    outages: list[Outage] = Field([], description="resources for which that is different")
    plan_stands: int = Field(
        3, ge=0, description="buckets in which the plan is carried out as it stands; later ones follow what was sold"
    )
    hedge: Hedge = Hedge()
