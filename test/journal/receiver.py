"""Plays journald for the tests, with nothing of ours: binds the socket, reads entries on command.

Reads commands from stdin, one a line, and writes one JSON object a line:
  open       binds the socket (again)            -> {"open": true}
  close      closes and unlinks it              -> {"close": true}
  read       takes entries in until 'stall'     -> {"read": true}, then {"entry": BASE64, "fds": N, ...} for each
  stall      takes nothing in any more          -> {"stall": true}
"""
import base64, fcntl, json, os, queue, select, socket, sys, threading

path = sys.argv[1]
quiet = len(sys.argv) > 2  # does not tell what is in the entries
F_GET_SEALS = 1034
sock = None
reading = False
buffered = b""


# The listener may block, waiting for room in our socket.
lines_to_say = queue.SimpleQueue()


def say(**what):
    lines_to_say.put(json.dumps(what) + "\n")


def talk():
    while True:
        sys.stdout.write(lines_to_say.get())
        sys.stdout.flush()


threading.Thread(target=talk, daemon=True).start()


def take():
    data, ancillary, flags, _ = sock.recvmsg(1 << 20, 4096)
    files = [
        int.from_bytes(block[i : i + 4], sys.byteorder)
        for level, kind, block in ancillary
        if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS
        for i in range(0, len(block), 4)
    ]
    facts = {"fds": len(files), "truncated": bool(flags & socket.MSG_TRUNC), "payload": len(data)}
    for fd in files:
        facts["seals"] = fcntl.fcntl(fd, F_GET_SEALS)
        facts["flags"] = fcntl.fcntl(fd, fcntl.F_GETFL) & ~0o100000  # O_LARGEFILE
        with os.fdopen(fd, "rb") as file:
            data = file.read()
    say(entry="" if quiet else base64.b64encode(data).decode(), size=len(data), **facts)


def open_socket():
    global sock
    close_socket()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sock.bind(path)


def close_socket():
    global sock
    if sock is not None:
        sock.close()
        os.unlink(path)
    sock = None


def obey(command):
    global reading
    if command == "open":
        open_socket()
    elif command == "close":
        close_socket()
    elif command == "read":
        reading = True
    elif command == "stall":
        reading = False
    say(**{command: True})


while True:
    watched = [0] + ([sock] if reading and sock is not None else [])
    ready = select.select(watched, [], [])[0]
    if 0 in ready:
        more = os.read(0, 4096)
        if not more:
            break
        *lines, buffered = (buffered + more).split(b"\n")
        for line in lines:
            obey(line.decode())
    elif ready:
        take()
