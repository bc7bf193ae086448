"""The fast model gives the numbers of the plain one."""

import numpy as np
import pytest

from evenhand.theory import AS_IS, Conditions, World, course, gather, shipped_theory
from evenhand.theory.luck import SESSION_U, SESSION_Z, Luck
from tests.theory import plain

FELT = ("power", "voice", "direct", "resistance", "resentment", "heard", "trust", "alliance")
HAPPENED = ("here", "named", "slight", "told", "open", "mended", "leaves")
SETTINGS = {
    "as it is": AS_IS,
    "feedback and naming": Conditions(feedback_from=2, named_from=3),
    "as the client prefers": Conditions(preferred=0.8, advocacy=0.5),
}


def dyad(world, d, staff, i):
    """What `plain.course` must know of one dyad."""
    c = d.clients
    theirs = staff.take(c.therapist[i : i + 1])
    positions = {
        "ethnicity": float(c.positions.ethnicity[i] > 0) - float(d.group[i] > 0),
        "class": d.standing[i] - c.positions.standing[i],
        "gender": float(c.positions.gender[i]) - float(theirs.positions.gender[0]),
        "orientation": float(c.positions.orientation[i]) - float(theirs.positions.orientation[0]),
    }
    different = c.positions.ethnicity[i] > 0 and c.positions.ethnicity[i] != d.group[i]
    humility = float(theirs.humility[0]) + world.conditions.humility
    return {
        "E": plain.advantage(world.theory, positions),
        "G": world.theory.h * different,
        "mu": plain.sigma(humility),
        "humility": humility,
        "skill": float(theirs.skill[0]),
        "advocacy": float(c.advocacy[i]) + world.conditions.advocacy,
        "rho": float(c.reactance[i]),
        "preference": float(c.preference[i]),
        "direct": float(theirs.direct[0]),
        "barriers": (int(c.decile[i]) - 5.5) / 2.872,
        "lasting": [float(v) for v in c.lasting[:, i]],
        "start": [float(v) for v in c.start[:, i]],
        "planned": int(c.planned[i]),
    }


def draws(luck, planned, i):
    """One dyad's draws of each session that it planned."""
    found = []
    for s in range(1, int(planned[i]) + 1):
        z, u = luck.session(s, int((planned >= s).sum()))
        found.append(
            dict(zip(SESSION_Z, z[:, i], strict=True)) | dict(zip(SESSION_U, u[:, i], strict=True))
        )
    return found


@pytest.mark.parametrize("name", SETTINGS)
def test_the_fast_model_is_the_plain_one(name):
    world = World(shipped_theory(), 400, 30, 20, 11, SETTINGS[name])
    staff = world.staff()
    d = gather(world, 0, staff)
    states = list(course(world, 0, d))[1:]
    for i in (0, 7, 60, 199, 330, 399):
        expected = plain.course(
            world.theory,
            world.conditions,
            dyad(world, d, staff, i),
            draws(Luck(11, 0), d.planned, i),
        )
        for state, want in zip(states, expected, strict=False):
            for key in HAPPENED:
                assert bool(getattr(state, key)[i]) == want[key], (i, state.number, key)
            for key in FELT:
                assert getattr(state, key)[i] == pytest.approx(want[key], rel=1e-10, abs=1e-12)
            assert state.symptoms[:, i] == pytest.approx(want["symptoms"], rel=1e-10)


def test_advantage_by_hand():
    # role .136; one axis with a full gap above: 1 − .864 × .817 = .294112, twice that
    full = shipped_theory()
    from evenhand.theory.dyads import advantage

    one, none = np.array([1.0]), np.array([0.0])
    gaps = {"ethnicity": one, "class": none, "gender": none, "orientation": none}
    assert advantage(full, gaps)[0] == pytest.approx(0.588224)
    gaps = {"ethnicity": -one, "class": none, "gender": none, "orientation": none}
    assert advantage(full, gaps)[0] == pytest.approx(2 * (0.136 - 0.183))
