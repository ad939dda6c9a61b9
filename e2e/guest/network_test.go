//go:build guest

package guest

import (
	"context"
	"errors"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
)

// network is a network printer: the kernel's TCP at both ends, each in a network
// namespace of its own, and between them a cable that tells nobody when it is
// pulled, as one behind a switch.
type network struct {
	t      *testing.T
	head   *sim.Printer
	pages  chan sim.Page
	pulled atomic.Bool
}

const (
	kioskAddress   = "10.6.0.1"
	printerAddress = "10.6.0.2"
	networkURI     = "escpos+tcp://" + printerAddress + ":9100"
)

// newNetwork connects a printer whose network card has room for so many bytes; 0
// leaves that to the kernel.
func newNetwork(t *testing.T, room int, o sim.Options) *network {
	t.Helper()
	n := &network{t: t, pages: make(chan sim.Page, 16)}
	o.OnPage = func(p sim.Page) { n.pages <- p }
	o.OnError = func(err error) { t.Errorf("the printer was told nonsense: %v", err) }
	n.head = sim.New(o)

	near, err := tunnel("near0", kioskAddress)
	if err != nil {
		t.Fatal(err)
	}
	var far *os.File
	var listener net.Listener
	moved := make(chan error)
	go func() {
		runtime.LockOSThread() // for ever: this thread is of no use to others
		moved <- func() error {
			if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
				return err
			}
			if far, err = tunnel("far0", printerAddress); err != nil {
				return err
			}
			small := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
				if room == 0 {
					return nil
				}
				return c.Control(func(fd uintptr) { _ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, room) })
			}}
			listener, err = small.Listen(t.Context(), "tcp", printerAddress+":9100")
			return err
		}()
	}()
	if err := <-moved; err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := n.head.Serve(ctx, listener); !errors.Is(err, context.Canceled) {
			t.Errorf("the printer ends: %v", err)
		}
	})
	running.Go(func() { n.carry(near, far) })
	running.Go(func() { n.carry(far, near) })
	t.Cleanup(func() {
		cancel()
		_ = near.Close()
		_ = far.Close()
		running.Wait()
	})
	return n
}

// tunnel gives an end of a cable: what the kernel sends to that network is read
// from it, and what is written to it the kernel receives.
func tunnel(name, address string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	fail := func(err error) (*os.File, error) { return nil, errors.Join(err, unix.Close(fd)) }
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fail(err)
	}
	defer unix.Close(s)
	card, err := unix.NewIfreq(name)
	if err != nil {
		return fail(err)
	}
	card.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
	err = unix.IoctlIfreq(fd, unix.TUNSETIFF, card)
	for _, set := range []struct {
		request uint
		address net.IP
	}{{unix.SIOCSIFADDR, net.ParseIP(address)}, {unix.SIOCSIFNETMASK, net.IPv4(255, 255, 255, 0)}} {
		err = errors.Join(err, card.SetInet4Addr(set.address.To4()), unix.IoctlIfreq(s, set.request, card))
	}
	card.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := errors.Join(err, unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, card), unix.SetNonblock(fd, true)); err != nil {
		return fail(err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// carry is one direction of the cable.
func (n *network) carry(from, to *os.File) {
	packet := make([]byte, 1<<16)
	for {
		k, err := from.Read(packet)
		if err != nil {
			return
		}
		if !n.pulled.Load() {
			_, _ = to.Write(packet[:k]) // lost, as packets get
		}
	}
}

func (n *network) unplug() { n.pulled.Store(true) }

func (n *network) plug() { n.pulled.Store(false) }

func (n *network) open() *escpos.Printer {
	n.t.Helper()
	p, err := hal.Open[*escpos.Printer](n.t.Context(), hal.Registry{"escpos+tcp": escpos.Opener(escpos.Options{})}, networkURI)
	if err != nil {
		n.t.Fatal(err)
	}
	n.t.Cleanup(func() { _ = p.Close() })
	return p
}

func TestNetworkPrinterHeals(t *testing.T) {
	n := newNetwork(t, 0, sim.Options{})
	page := hal.Raster{Width: 16, Height: 2, Stride: 2, Bits: []byte{1, 2, 3, 4}}
	cord[hal.Printer]{
		name: "printer (network)", uri: networkURI, key: hal.KeyPrinterGone,
		open: escpos.Opener(escpos.Options{}), plug: n.plug, unplug: n.unplug,
		works: func(p hal.Printer) error {
			err := p.Print(t.Context(), newJob(), page)
			if err == nil {
				<-n.pages
			}
			return err
		},
	}.heals(t)
}

// A printer whose head is too hot takes nothing for as long as it likes, and is
// not gone: it acknowledges each question whether it takes something again.
func TestNetworkPrinterPauses(t *testing.T) {
	const hot = 10 * time.Second
	for name, answers := range map[string]sim.Answers{"that names its pages": sim.Full, "that counts": sim.Simple} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, 2<<10, sim.Options{Answers: answers, Speed: 150, Buffer: 4 << 10})
			p := n.open()
			until(t, "the printer is ready", func() bool { return p.Health().State == hal.Ready })
			<-time.After(5 * time.Second) // it is asked what it can
			time.AfterFunc(500*time.Millisecond, func() { n.head.Heat(true) })
			time.AfterFunc(hot, func() { n.head.Heat(false) })
			began := time.Now()
			if err := p.Print(t.Context(), newJob(), receipt()); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(began); took < hot {
				t.Errorf("the page came out after %v, before the head was cool", took)
			}
		})
	}
}

// Within a page the plug is missed too, whatever the page waits for.
func TestNetworkPrinterUnpluggedInMidPage(t *testing.T) {
	var longest time.Duration
	for name, c := range map[string]struct {
		after time.Duration
		hot   bool
	}{
		"while it is sent":       {after: 500 * time.Millisecond},
		"while it is waited for": {after: 3 * time.Second},
		"while it pauses":        {after: 2 * time.Second, hot: true},
	} {
		t.Run(name, func(t *testing.T) {
			n := newNetwork(t, 2<<10, sim.Options{Speed: 60, Buffer: 4 << 10})
			p := n.open()
			pulled := make(chan time.Time, 1)
			if c.hot {
				time.AfterFunc(c.after-500*time.Millisecond, func() { n.head.Heat(true) })
			}
			time.AfterFunc(c.after, func() {
				n.unplug()
				pulled <- time.Now()
			})
			if err := p.Print(t.Context(), newJob(), receipt()); !errors.Is(err, hal.ErrJobUnknown) || !errors.Is(err, hal.ErrGone) {
				t.Errorf("%v, want ErrJobUnknown and ErrGone", err)
			}
			longest = max(longest, time.Since(<-pulled))
		})
	}
	measured(t, "printer (network): unplugged within a page until seen", longest, 3*time.Second, "while it is sent, waited for, and paused with no room left")
}
