"""Five threads add one to a number, 200,000 times each. Ten runs of each way to add."""

import threading

TIMES = 200_000


def in_place():
    global n
    for _ in range(TIMES):
        n += 1


def with_a_call():
    global n
    for _ in range(TIMES):
        n = n + int(1)


def counted(add):
    global n
    n = 0
    threads = [threading.Thread(target=add) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return n


for add in in_place, with_a_call:
    runs = [counted(add) for _ in range(10)]
    lost = sum(run < 5 * TIMES for run in runs)
    print(f"{add.__name__}: lost counts in {lost} of 10 runs, counted {min(runs):,} at least")
