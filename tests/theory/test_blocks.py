"""The same seed gives the same people, whatever the size and the order of the work."""

import numpy as np
import pytest

from evenhand.theory import AS_IS, Conditions, World, course, gather, shipped_theory
from evenhand.theory.luck import KeptLuck, Luck
from evenhand.theory.people import ALLOCATIONS, draw_therapists


def world(clients, therapists=500, conditions=AS_IS, seed=9):
    return World(shipped_theory(), clients, therapists, 8, seed, conditions)


def test_a_block_knows_nothing_of_how_many_blocks_there_are():
    small, large = world(8192 + 100), world(5 * 8192)
    staff = small.staff()
    for a, b in zip(
        course(small, 0, gather(small, 0, staff)),
        course(large, 0, gather(large, 0, staff)),
        strict=True,
    ):
        assert np.array_equal(a.trust, b.trust)
        assert np.array_equal(a.symptoms, b.symptoms)


def test_more_therapists_leave_the_first_ones_as_they_were():
    p = shipped_theory()
    few, many = draw_therapists(p, 3, 1000), draw_therapists(p, 3, 3000)
    assert np.array_equal(few.skill, many.skill[:1000])
    assert np.array_equal(few.positions.standing, many.positions.standing[:1000])


def test_another_seed_gives_others():
    first, second = (gather(world(100, seed=s), 0, world(100, seed=s).staff()) for s in (1, 2))
    assert not np.array_equal(first.clients.advocacy, second.clients.advocacy)


def test_draws_that_are_kept_are_the_draws():
    kept, fresh = KeptLuck(5, 2), Luck(5, 2)
    for luck in (kept, kept, fresh):
        assert np.array_equal(luck.session(3, 50).z, fresh.session(3, 50).z)
        assert np.array_equal(luck.rating(3, 50), fresh.rating(3, 50))
        assert np.array_equal(luck.client().u, fresh.client().u)


def test_numbers_look_as_they_should():
    z, u = Luck(1, 0).session(1, 8192)
    assert z.mean(axis=1) == pytest.approx(np.zeros(4), abs=0.05)
    assert z.std(axis=1) == pytest.approx(np.ones(4), abs=0.05)
    assert u.mean(axis=1) == pytest.approx(np.full(4, 0.5), abs=0.02)


@pytest.mark.parametrize("how", ALLOCATIONS)
def test_every_client_has_a_therapist(how):
    w = world(3000, 41, Conditions(allocation=how))
    who = gather(w, 0, w.staff()).clients.therapist
    assert who.min() >= 0
    assert who.max() <= 40
    assert len(np.unique(who)) > 20


def test_matching_and_preference_do_what_they_say():
    staff = world(8192).staff()
    by = {}
    for how in ALLOCATIONS:
        w = world(8192, 500, Conditions(allocation=how))
        d = gather(w, 0, staff)
        misfit = np.abs(staff.direct[d.clients.therapist] - d.preference).mean()
        by[how] = (np.mean(d.group == d.clients.positions.ethnicity), misfit)
    assert by["matched"][0] == 1.0
    assert by["random"][0] < 0.7
    assert by["preference"][1] < 0.7 * by["random"][1]


def test_clinics_are_near_where_people_as_deprived_live():
    w = world(8192, 500, Conditions(allocation="clinic"))
    clients = gather(w, 0, w.staff()).clients
    clinic = clients.therapist // 10
    means = [clients.decile[clinic == k].mean() for k in range(50)]
    assert np.std(means) > 1.0


def test_small_studies_have_therapists_of_their_own():
    w = world(1000, 100, Conditions(allocation=(100, 10)))
    clients = gather(w, 0, w.staff()).clients
    assert np.array_equal(clients.therapist // 10, clients.place // 100)


def test_positions_have_the_shares_that_the_society_has():
    p = shipped_theory()
    clients = gather(world(8192), 0, world(8192).staff()).clients
    assert clients.minoritised.mean() == pytest.approx(p.minoritised_clients, abs=0.02)
    shift = clients.deprivation[clients.minoritised].mean()
    assert shift - clients.deprivation[~clients.minoritised].mean() == pytest.approx(0.3, abs=0.06)
    white = clients.decile[~clients.minoritised]
    assert np.bincount(white, minlength=11)[1:] / len(white) == pytest.approx(
        np.full(10, 0.1), abs=0.02
    )
