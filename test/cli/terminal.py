"""Runs a command on a terminal of its own, between stdin (keys) and stdout (what is shown). At the end it says on
stderr how the command ended and whether the terminal is as it was: terminal.py COLUMNS fg|bg COMMAND [ARGUMENT...]"""
import fcntl, json, os, select, signal, struct, sys, termios

columns, place, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
master, slave = os.openpty()
fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
before = termios.tcgetattr(slave)
pid = os.fork()
if pid == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for fd in (0, 1, 2):
        os.dup2(slave, fd)
    if place == 'bg':
        # As a shell does it for `command &`: a group of its own, and the terminal stays with the shell's.
        job = os.fork()
        if job == 0:
            os.setpgid(0, 0)
            os.execvp(command[0], command)
        os.setpgid(job, job)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        _, status = os.waitpid(job, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.kill(job, signal.SIGKILL)
            os._exit(99)
        os._exit(os.WEXITSTATUS(status))
    os.execvp(command[0], command)
inputs = [master, 0]
status = None
while True:
    ready, _, _ = select.select(inputs, [], [], 0.05)
    if 0 in ready:
        keys = os.read(0, 1024)
        if keys:
            os.write(master, keys)
        else:
            inputs.remove(0)
    if master in ready:
        os.write(1, os.read(master, 65536))
    elif status is not None:
        break
    elif os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        _, status = os.waitpid(pid, 0)
print(json.dumps({
    'code': os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
    'signal': os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
    'restored': termios.tcgetattr(slave) == before,
}), file=sys.stderr)
