"""CPython's multiprocessing, round by round: a line with a task comes in, a number goes out.

Tasks: `pipe SIZE COUNT`, `pipe-back SIZE COUNT`, `queue ...`, `queue-back ...`, `apply COUNT`,
`map COUNT CHUNK`, `start METHOD`, `memory METHOD`. Times are nanoseconds for one, memory is bytes.
"""

import multiprocessing
import sys
import time

forks = multiprocessing.get_context("fork")


def serve(receive, answer):
    """Gives back each message that begins with a 1."""
    while message := receive():
        if message[0] == 1:
            answer(message)


def square(number):
    return number * number


def nothing():
    pass


def sleep(there):
    there.send(None)
    time.sleep(3600)


def measure_line(send, receive, size, count, back):
    told, asked = bytes(size), b"\1" + bytes(size - 1)
    start = time.perf_counter_ns()
    for number in range(1, count + 1):
        if back or number == count:
            send(asked)
            receive()
        else:
            send(told)
    return (time.perf_counter_ns() - start) / count


def private_bytes(pid):
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private"))


def main():
    ours, theirs = forks.Pipe()
    to_child, to_parent = forks.Queue(64), forks.Queue(64)
    servers = [
        forks.Process(target=serve, args=(theirs.recv_bytes, theirs.send_bytes), daemon=True),
        forks.Process(target=serve, args=(to_child.get, to_parent.put), daemon=True),
    ]
    for server in servers:
        server.start()
    pool = forks.Pool(2)
    lines = {"pipe": (ours.send_bytes, ours.recv_bytes), "queue": (to_child.put, to_parent.get)}
    for line in sys.stdin:
        match line.split():
            case [name, size, count] if name.removesuffix("-back") in lines:
                send, receive = lines[name.removesuffix("-back")]
                back = name.endswith("-back")
                answer = measure_line(send, receive, int(size), int(count), back)
            case ["apply", count]:
                start = time.perf_counter_ns()
                for number in range(int(count)):
                    pool.apply(square, (number,))
                answer = (time.perf_counter_ns() - start) / int(count)
            case ["map", count, chunk]:
                start = time.perf_counter_ns()
                pool.map(square, range(int(count)), int(chunk))
                answer = (time.perf_counter_ns() - start) / int(count)
            case ["start", method]:
                start = time.perf_counter_ns()
                child = multiprocessing.get_context(method).Process(target=nothing)
                child.start()
                child.join()
                answer = time.perf_counter_ns() - start
            case ["memory", method]:
                is_there, there = multiprocessing.Pipe(duplex=False)
                child = multiprocessing.get_context(method).Process(target=sleep, args=(there,))
                child.start()
                is_there.recv()
                answer = private_bytes(child.pid)
                child.kill()
                child.join()
        print(answer, flush=True)
    pool.terminate()
    pool.join()
    for server in servers:
        server.kill()
        server.join()


if __name__ == "__main__":
    main()
