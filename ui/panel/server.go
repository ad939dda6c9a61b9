//go:build memory

package panel

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"net"
	"os"
	"sync"
	"time"

	"tram06/hal"
	"tram06/ui/scene"
)

// ErrInUse: another kiosk answers on the socket.
var ErrInUse = errors.New("panel socket in use")

// writeTimeout ends a client that reads nothing at all.
const writeTimeout = 10 * time.Second

// maxQueue is how many scenes and utterances wait for a slow client; the oldest are dropped.
const maxQueue = 256

// maxSaid is how much of what is being spoken a late client is told.
const maxSaid = 16

// Server shows one kiosk's screen to any number of clients.
type Server struct {
	path    string
	ln      *net.UnixListener
	touches chan hal.Touch
	keys    chan hal.KeyPress
	stop    chan struct{}
	all     sync.WaitGroup

	mu      sync.Mutex
	closed  bool
	seq     uint64
	scene   []byte // encoded
	words   uint64
	said    [][]byte // encoded, since the last interruption
	shot    *shot
	spare   *image.RGBA // see Spare
	clients map[*client]bool
}

// shot is one frame; its PNG is made only if a client wants it, and once.
type shot struct {
	seq  uint64
	once sync.Once
	msg  []byte
	err  error

	// Guarded by the server's mutex: nil once it was encoded or replaced.
	img *image.RGBA
}

type client struct {
	conn net.Conn
	wake chan struct{}

	// Guarded by the server's mutex.
	queue  [][]byte
	watch  bool
	asked  bool
	sent   uint64 // newest frame sent
	fallen bool
}

// Listen serves a panel at socketPath. A stale socket is replaced; one that
// answers gives ErrInUse.
func Listen(socketPath string) (*Server, error) {
	if probe, err := net.Dial("unix", socketPath); err == nil {
		probe.Close()
		return nil, fmt.Errorf("listen at panel: %w", ErrInUse)
	}
	// Bound under another name and renamed once nobody else may connect.
	tmp := fmt.Sprintf("%s.%d", socketPath, os.Getpid())
	if err := os.Remove(tmp); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("listen at panel: %w", err)
	}
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: tmp, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("listen at panel: %w", err)
	}
	ln.SetUnlinkOnClose(false)
	err = os.Chmod(tmp, 0o600)
	if err == nil {
		err = os.Rename(tmp, socketPath)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen at panel: %w", err), ln.Close(), os.Remove(tmp))
	}
	s := &Server{
		path: socketPath, ln: ln,
		touches: make(chan hal.Touch, 64),
		keys:    make(chan hal.KeyPress, 64),
		stop:    make(chan struct{}),
		clients: map[*client]bool{},
	}
	s.all.Go(s.accept)
	return s, nil
}

// Touches yields what clients do to the screen.
func (s *Server) Touches() <-chan hal.Touch { return s.touches }

// Keys yields what clients press on the keypad.
func (s *Server) Keys() <-chan hal.KeyPress { return s.keys }

// Spare gives a picture that Publish received earlier and that nobody reads any
// more, for the next snapshot; nil if there is none.
func (s *Server) Spare() *image.RGBA {
	s.mu.Lock()
	defer s.mu.Unlock()
	img := s.spare
	s.spare = nil
	return img
}

// Publish shows a scene and its picture. It returns at once; img belongs to the
// server afterwards.
func (s *Server) Publish(sc *scene.Scene, img *image.RGBA) error {
	if img == nil || img.Rect.Empty() {
		return fmt.Errorf("publish %s: no picture", sc.Name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.seq++
	msg, err := describe(s.seq, sc).encode()
	if err != nil {
		return fmt.Errorf("describe scene: %w", err)
	}
	s.scene = msg
	if s.shot != nil && s.shot.img != nil {
		s.spare, s.shot.img = s.shot.img, nil
	}
	s.shot = &shot{seq: s.seq, img: img}
	for c := range s.clients {
		c.push(msg)
	}
	return nil
}

// Say tells what is being spoken. It returns at once.
func (s *Server) Say(u scene.Utterance) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return ErrClosed
	}
	s.words++
	msg, err := Utterance{Seq: s.words, Text: u.Text, Lang: u.Lang, Interrupt: u.Interrupt}.encode()
	if err != nil {
		return fmt.Errorf("describe utterance: %w", err)
	}
	if u.Interrupt || len(s.said) >= maxSaid {
		s.said = nil
	}
	s.said = append(s.said, msg)
	for c := range s.clients {
		c.push(msg)
	}
	return nil
}

// push queues a scene or an utterance and wakes the client's writer.
func (c *client) push(msg []byte) {
	if len(c.queue) >= maxQueue {
		c.queue = c.queue[1:]
	}
	c.queue = append(c.queue, msg)
	c.nudge()
}

func (c *client) nudge() {
	select {
	case c.wake <- struct{}{}:
	default: // is awake already
	}
}

// Close ends all connections and removes the socket. It may be called twice.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	close(s.stop)
	s.scene, s.said, s.shot, s.spare = nil, nil, nil, nil
	for c := range s.clients {
		c.conn.Close()
	}
	s.mu.Unlock()
	err := errors.Join(s.ln.Close(), os.Remove(s.path))
	s.all.Wait()
	return err
}

func (s *Server) accept() {
	for {
		conn, err := s.ln.Accept()
		if err != nil {
			return // closed
		}
		c := &client{conn: conn, wake: make(chan struct{}, 1)}
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			conn.Close()
			return
		}
		s.clients[c] = true
		if s.scene != nil {
			c.push(s.scene)
		}
		for _, m := range s.said {
			c.push(m)
		}
		s.mu.Unlock()
		s.all.Go(func() { s.serve(c) })
		s.all.Go(func() { s.feed(c) })
	}
}

// serve reads one client's requests until it leaves or errs.
func (s *Server) serve(c *client) {
	defer s.drop(c)
	r := bufio.NewReader(c.conn)
	var finger hal.Touch
	down := false
	for {
		kind, body, err := readMessage(r, maxRequest)
		var q request
		if err == nil {
			q, err = decodeRequest(kind, body)
		}
		if err != nil {
			if down {
				// Whoever left with a finger on the glass did not mean a tap.
				finger.Kind = hal.TouchCancel
				s.touch(finger)
			}
			return
		}
		switch q.kind {
		case kindTouch:
			finger, down = q.touch, q.touch.Kind == hal.TouchDown || q.touch.Kind == hal.TouchMove
			s.touch(finger)
		case kindKey:
			s.press(q.key)
		case kindAsk:
			s.mu.Lock()
			c.asked = true
			c.nudge()
			s.mu.Unlock()
		case kindWatch:
			s.mu.Lock()
			c.watch = q.watch
			c.nudge()
			s.mu.Unlock()
		}
	}
}

// touch hands a touch on; a kiosk that does not listen holds up only this
// client.
func (s *Server) touch(t hal.Touch) {
	t.At = time.Now()
	select {
	case s.touches <- t:
	case <-s.stop:
	}
}

// press hands a key on, as touch does.
func (s *Server) press(k hal.KeyPress) {
	k.At = time.Now()
	select {
	case s.keys <- k:
	case <-s.stop:
	}
}

// feed writes scenes in order and the newest frame to one client.
func (s *Server) feed(c *client) {
	defer s.drop(c)
	for {
		s.mu.Lock()
		if c.fallen || s.closed {
			s.mu.Unlock()
			return
		}
		scenes := c.queue
		c.queue = nil
		var frame *shot
		if s.shot != nil && (c.asked || c.watch && c.sent < s.shot.seq) {
			frame = s.shot
			c.asked, c.sent = false, frame.seq
		}
		s.mu.Unlock()

		if len(scenes) == 0 && frame == nil {
			select {
			case <-c.wake:
			case <-s.stop:
			}
			continue
		}
		for _, m := range scenes {
			if c.write(m) != nil {
				return
			}
		}
		if frame != nil {
			m, err := s.encoded(frame)
			if err != nil {
				return
			}
			if m == nil {
				// Replaced meanwhile: the newer one is owed instead.
				s.mu.Lock()
				c.asked = true
				c.nudge()
				s.mu.Unlock()
			} else if c.write(m) != nil {
				return
			}
		}
	}
}

func (c *client) write(m []byte) error {
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err := c.conn.Write(m)
	return err
}

func (s *Server) drop(c *client) {
	c.conn.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	c.fallen = true
	delete(s.clients, c)
	c.nudge()
}

// encoded is the frame as a message; nil if a newer one has replaced it before
// anyone read it.
func (s *Server) encoded(f *shot) ([]byte, error) {
	f.once.Do(func() {
		s.mu.Lock()
		img := f.img
		f.img = nil // nobody hands it on while it is read
		s.mu.Unlock()
		if img == nil {
			return
		}
		f.msg, f.err = encodePNG(f.seq, img)
		s.mu.Lock()
		s.spare = img
		s.mu.Unlock()
	})
	return f.msg, f.err
}

func encodePNG(seq uint64, img *image.RGBA) ([]byte, error) {
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&b, img); err != nil {
		return nil, err
	}
	return Frame{seq, b.Bytes()}.encode(), nil
}
