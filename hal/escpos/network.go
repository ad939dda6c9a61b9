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
	// beat is the pause between two questions to a printer that stands idle. With
	// silence it makes less than the second that a pulled plug may take.
	beat = 250 * time.Millisecond
	// silence is how long a far end may acknowledge nothing, beside trips round
	// trips to it: meanwhile the kernel has said twice more what got lost.
	silence = 650 * time.Millisecond
	trips   = 4
	// pageSilence is the same within a page, which it would leave in doubt: a
	// radio link that falters for a second must not cost a citizen the receipt.
	pageSilence = 2 * time.Second
	// look is the longest pause between two looks.
	look = 250 * time.Millisecond
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
	o.beat = beat
	l := &netLink{TCPConn: t, raw: raw, closed: make(chan struct{}), broken: func() { o.broken.note(host, t.LocalAddr().(*net.TCPAddr).Port) }}
	l.patience(silence)
	go l.watch()
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
	limit  atomic.Int64 // nanoseconds
	lost   atomic.Bool
	closed chan struct{}
	once   sync.Once
}

// patience sets how long the far end may be silent.
func (l *netLink) patience(d time.Duration) { l.limit.Store(int64(d)) }

// watch ends with the connection.
func (l *netLink) watch() {
	listened := ear{looked: time.Now()}
	for {
		var info *unix.TCPInfo
		var err error
		if e := l.raw.Control(func(fd uintptr) {
			info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		}); e != nil || err != nil {
			return // closed
		}
		// The shortest: a far end that puts its answers off does not lie farther away.
		trip := min(time.Duration(info.Min_rtt)*time.Microsecond, time.Second)
		left := time.Duration(l.limit.Load()) + trips*trip - listened.quiet(info, time.Now())
		if left <= 0 {
			l.lost.Store(true)
			l.broken()
			// What was not acknowledged must not come out once the cable is back.
			_ = l.SetLinger(0)
			_ = l.Close()
			return
		}
		select {
		case <-time.After(min(look, left)):
		case <-l.closed:
			return
		}
	}
}

// ear makes out of what the kernel knows at each look how long a far end has
// owed an acknowledgement.
type ear struct {
	looked   time.Time
	repeated uint32    // packets so far
	asked    time.Time // when the first was sent that it owes; zero if it owes none
}

func (e *ear) quiet(info *unix.TCPInfo, now time.Time) time.Duration {
	ms := func(n uint32) time.Duration { return time.Duration(n) * time.Millisecond }
	before, again := e.looked, info.Total_retrans != e.repeated
	e.looked, e.repeated = now, info.Total_retrans
	switch {
	case !awaits(info):
		e.asked = time.Time{}
		return 0
	case e.asked.IsZero() && again:
		e.asked = before // what was sent last had been sent before
	case e.asked.IsZero():
		e.asked = now.Add(-min(now.Sub(before), ms(info.Last_data_sent)))
	}
	return min(now.Sub(e.asked), ms(info.Last_ack_recv))
}

// awaits tells whether the far end has something to acknowledge: data that it
// has room for, or a question of the kernel's whether it is there, or has room.
func awaits(info *unix.TCPInfo) bool {
	return info.Unacked > 0 && info.Snd_wnd > 0 || info.Probes > 0
}

func (l *netLink) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.TCPConn.Close()
}

func (l *netLink) Read(b []byte) (int, error) {
	n, err := l.TCPConn.Read(b)
	return n, l.why(err)
}

func (l *netLink) Write(b []byte) (int, error) {
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
