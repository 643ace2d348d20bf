"""Clusters of dask on this machine, for the tests that want one; they can be reached from here only."""

from contextlib import contextmanager

import pytest


@contextmanager
def local_cluster(n_workers, **settings):
    """Lend a cluster of workers with one thread each; skip the test, with the reason, where none can be started."""
    distributed = pytest.importorskip("distributed")
    settings = {"host": "127.0.0.1", "dashboard_address": "127.0.0.1:0", "memory_limit": 0, **settings}
    try:
        made = distributed.LocalCluster(n_workers=n_workers, threads_per_worker=1, **settings)
    except (OSError, RuntimeError) as error:
        pytest.skip(f"no cluster can be started here: {error}")
    with made:
        yield made


@contextmanager
def local_client(n_workers, **settings):
    """Lend a client of such a cluster."""
    from distributed import Client

    with local_cluster(n_workers, **settings) as cluster, Client(cluster) as made:
        yield made
