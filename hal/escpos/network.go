package escpos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
)

// A network does not tell that somebody pulled its cable. So there is always
// something on its way that the far end has to acknowledge, and netLink looks
// whether it does.
const (
	// heartbeat is the pause between two questions to a printer that stands idle. With
	// silence it makes less than the second that a pulled plug may take.
	heartbeat = 250 * time.Millisecond
	// silence is how long a far end may acknowledge nothing, beside trips round
	// trips to it: meanwhile the kernel has said twice more what got lost.
	silence = 650 * time.Millisecond
	trips   = 4
	// pageSilence is the same within a page, which it would leave in doubt: a
	// radio link that falters for a second must not cost a citizen the receipt.
	pageSilence = 2 * time.Second
	// look is the pause between two looks at a line that nobody uses.
	look = 500 * time.Millisecond
)

var errSilence = errors.New("the network no longer reaches the printer")

func dial(ctx context.Context, u *url.URL, o *Options) (Link, error) {
	host := u.Host
	if u.Port() == "" {
		host = net.JoinHostPort(u.Hostname(), "9100")
	}
	// Longer would not reach more: the kernel calls a second time after a second,
	// and the third time so late that a printer that was switched on since waits
	// for more than the two seconds that it is promised.
	//
	// The kernel asks printers that answer nothing: they are not asked every beat.
	d := net.Dialer{Timeout: 1500 * time.Millisecond, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: time.Second, Interval: time.Second, Count: 2,
	}}
	if port := o.broken.port(host); port != 0 {
		d.LocalAddr = &net.TCPAddr{Port: port}
	}
	c, err := d.DialContext(ctx, "tcp", host)
	if errors.Is(err, unix.EADDRINUSE) || errors.Is(err, unix.EADDRNOTAVAIL) { // somebody else has it now
		d.LocalAddr = nil
		c, err = d.DialContext(ctx, "tcp", host)
	}
	if err != nil {
		return nil, fmt.Errorf("reach printer: %w: %w", hal.ErrGone, err)
	}
	o.broken.note(host, 0)
	t := c.(*net.TCPConn)
	raw, err := t.SyscallConn()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("reach printer: %w: %w", hal.ErrGone, err), t.Close())
	}
	// What waits in the kernel cannot be called back when the paper ends.
	_ = t.SetWriteBuffer(8 << 10)
	o.beat = heartbeat
	l := newNetLink(t, raw, func() { o.broken.note(host, t.LocalAddr().(*net.TCPAddr).Port) })
	return l, nil
}

// callers remembers from which port of this machine a printer was spoken to when
// the network broke. The printer heard of no end, and most take one connection
// at a time. A call from the same port shows it that the old one is over
// (RFC 9293, 3.5.1); one from another port would wait for it.
type callers struct {
	mu    sync.Mutex
	ports map[string]int // by the printer's address
}

func (c *callers) port(host string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ports[host]
}

// note forgets the address if port is 0.
func (c *callers) note(host string, port int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if port == 0 {
		delete(c.ports, host)
		return
	}
	c.ports[host] = port
}

// netLink is a TCP connection that ends when its far end acknowledges nothing.
//
// TCP_USER_TIMEOUT is the kernel's own means to that, but it also ends a
// connection to a printer that pauses with a full buffer, although that
// acknowledges every question whether there is room again.
type netLink struct {
	*net.TCPConn
	raw    syscall.RawConn
	broken func()
	lost   atomic.Bool

	mu    sync.Mutex // guards all below
	limit time.Duration
	owes  owing
	next  *time.Timer // of the next look
}

func newNetLink(t *net.TCPConn, raw syscall.RawConn, broken func()) *netLink {
	l := &netLink{TCPConn: t, raw: raw, broken: broken, limit: silence}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next = time.AfterFunc(look, l.look)
	return l
}

// patience sets how long the far end may be silent.
func (l *netLink) patience(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.limit = d
	l.next.Reset(look)
}

func (l *netLink) info() (info *unix.TCPInfo, err error) {
	err = errors.Join(l.raw.Control(func(fd uintptr) {
		info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	}), err)
	return info, err
}

// look ends the connection, or tells when to look again. While the line is used
// every beat that is put off each time, and nobody is woken up.
func (l *netLink) look() {
	info, err := l.info()
	if err != nil {
		return // closed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	quiet := l.owes.quiet(info, time.Now())
	// The shortest: a far end that puts its answers off does not lie farther away.
	trip := min(time.Duration(info.Min_rtt)*time.Microsecond, time.Second)
	left := l.limit + trips*trip - quiet
	switch {
	case left <= 0:
		l.lost.Store(true)
		l.broken()
		// What was not acknowledged must not come out once the cable is back.
		_ = l.SetLinger(0)
		_ = l.TCPConn.Close()
	case l.owes.since.IsZero():
		l.next.Reset(look)
	default:
		l.next.Reset(left)
	}
}

func (l *netLink) Close() error {
	l.mu.Lock()
	l.next.Stop()
	l.mu.Unlock()
	return l.TCPConn.Close()
}

// owing is since when the far end has owed an acknowledgement; zero if it owes
// none.
type owing struct{ since time.Time }

// write notes that something is about to be sent, and tells whether it is the
// first that will be owed.
func (o *owing) write(info *unix.TCPInfo, now time.Time) (first bool) {
	if first = !awaits(info); first {
		o.since = now
	}
	return first
}

// quiet tells how long the far end has been silent though it owes something.
func (o *owing) quiet(info *unix.TCPInfo, now time.Time) time.Duration {
	switch {
	case !awaits(info):
		o.since = time.Time{}
		return 0
	case o.since.IsZero(): // the kernel asked by itself, a moment ago or earlier
		o.since = now
	}
	return min(now.Sub(o.since), time.Duration(info.Last_ack_recv)*time.Millisecond)
}

// awaits tells whether the far end has something to acknowledge: data that it
// has room for, or a question of the kernel's whether it is there, or has room.
func awaits(info *unix.TCPInfo) bool {
	return info.Unacked > 0 && info.Snd_wnd > 0 || info.Probes > 0
}

func (l *netLink) Read(b []byte) (int, error) {
	n, err := l.TCPConn.Read(b)
	return n, l.why(err)
}

func (l *netLink) Write(b []byte) (int, error) {
	if info, err := l.info(); err == nil {
		l.mu.Lock()
		if l.owes.write(info, time.Now()) {
			l.next.Reset(l.limit)
		}
		l.mu.Unlock()
	}
	n, err := l.TCPConn.Write(b)
	return n, l.why(err)
}

// why tells apart who closed it.
func (l *netLink) why(err error) error {
	if err != nil && l.lost.Load() {
		return errSilence
	}
	return err
}
