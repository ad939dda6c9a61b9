package panel

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"tram06/hal"
)

// ErrClosed: the connection has ended.
var ErrClosed = errors.New("panel closed")

// Settle is how long Tap lets a new screen stand, and how long it leaves
// between two taps: a terminal drops touches that come faster than a person
// can mean them.
const Settle = 320 * time.Millisecond

// maxHistory is how many scenes wait for Await, and how many utterances for
// NextUtterance, before the oldest are dropped.
const maxHistory = 1024

// Client sees and touches one kiosk's screen.
type Client struct {
	conn   net.Conn
	ended  chan struct{} // closed with the connection
	writes sync.Mutex

	mu      sync.Mutex
	changed chan struct{} // closed and replaced at every change
	history []Scene       // in order; the first is the one Await returned last
	latest  Scene
	since   time.Time // when the latest screen's name was first seen
	tapped  time.Time // the last tap, or the first news of the screen after it
	silent  bool      // no news came since
	frame   Frame
	spoken  []Utterance // in order, the newest last
	err     error
}

// Dial connects to the panel at socketPath.
func Dial(ctx context.Context, socketPath string) (*Client, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", socketPath)
	if err != nil {
		return nil, fmt.Errorf("dial panel: %w", err)
	}
	c := &Client{conn: conn, ended: make(chan struct{}), changed: make(chan struct{})}
	go c.read()
	return c, nil
}

// Close ends the connection. It may be called twice.
func (c *Client) Close() error {
	err := c.conn.Close()
	<-c.ended
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (c *Client) read() {
	defer close(c.ended)
	r := bufio.NewReader(c.conn)
	for {
		kind, body, err := readMessage(r, maxReply)
		var m reply
		if err == nil {
			m, err = decodeReply(kind, body)
		}
		c.mu.Lock()
		switch {
		case err != nil:
			c.err = fmt.Errorf("%w: %w", ErrClosed, err)
		case m.scene != nil:
			if m.scene.Name != c.latest.Name || c.since.IsZero() {
				c.since = time.Now()
			}
			if c.silent {
				c.tapped, c.silent = time.Now(), false
			}
			c.latest = *m.scene
			c.history = append(c.history, *m.scene)
			if len(c.history) > maxHistory {
				c.history = slices.Delete(c.history, 0, 1)
			}
		case m.frame != nil:
			c.frame = *m.frame
		case m.said != nil:
			c.spoken = append(c.spoken, *m.said)
			if len(c.spoken) > maxHistory {
				c.spoken = slices.Delete(c.spoken, 0, 1)
			}
		}
		close(c.changed)
		c.changed = make(chan struct{})
		c.mu.Unlock()
		if err != nil {
			c.conn.Close()
			return
		}
	}
}

// wait calls try under the lock until it says true, the connection ends or ctx
// does. What arrived before the end still counts.
func (c *Client) wait(ctx context.Context, try func() bool) error {
	for {
		c.mu.Lock()
		if try() {
			c.mu.Unlock()
			return nil
		}
		err, changed := c.err, c.changed
		c.mu.Unlock()
		if err != nil {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (c *Client) send(q request) error {
	c.writes.Lock()
	defer c.writes.Unlock()
	if _, err := c.conn.Write(q.encode()); err != nil {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return nil
}

// Scene returns the newest scene, waiting for the first.
func (c *Client) Scene(ctx context.Context) (Scene, error) {
	var s Scene
	err := c.wait(ctx, func() bool {
		s = c.latest
		return s.Seq != 0
	})
	return s, err
}

// Await returns the first scene that ok accepts, from the one that Await
// returned last onwards and in the order in which they were shown: a screen
// that was there only for a moment is not missed.
func (c *Client) Await(ctx context.Context, ok func(Scene) bool) (Scene, error) {
	var s Scene
	err := c.wait(ctx, func() bool {
		for i, h := range c.history {
			if ok(h) {
				s = h
				c.history = slices.Delete(c.history, 0, i)
				return true
			}
		}
		return false
	})
	if err != nil {
		return s, c.explain(err)
	}
	return s, nil
}

// AwaitName is Await for a screen's name.
func (c *Client) AwaitName(ctx context.Context, name string) (Scene, error) {
	s, err := c.Await(ctx, func(s Scene) bool { return s.Name == name })
	if err != nil {
		return s, fmt.Errorf("wait for screen %s: %w", name, err)
	}
	return s, nil
}

// explain adds what was on the screen instead: names and ids, no texts.
func (c *Client) explain(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var ids []string
	for _, t := range c.latest.Targets {
		id := t.ID
		if t.Disabled {
			id += "(off)"
		}
		ids = append(ids, id)
	}
	return fmt.Errorf("%w (on screen: %s, targets %s)", err, c.latest.Name, strings.Join(ids, " "))
}

// Frame asks for the current picture of the screen.
func (c *Client) Frame(ctx context.Context) (Frame, error) {
	s, err := c.Scene(ctx)
	if err != nil {
		return Frame{}, err
	}
	if err := c.send(request{kind: kindAsk}); err != nil {
		return Frame{}, err
	}
	var f Frame
	err = c.wait(ctx, func() bool {
		f = c.frame
		return f.Seq >= s.Seq
	})
	return f, err
}

// Watch has every new frame sent, or stops that.
func (c *Client) Watch(on bool) error { return c.send(request{kind: kindWatch, watch: on}) }

// NextFrame waits for a watched frame newer than after; see Watch.
func (c *Client) NextFrame(ctx context.Context, after uint64) (Frame, error) {
	var f Frame
	err := c.wait(ctx, func() bool {
		f = c.frame
		return f.Seq > after
	})
	return f, err
}

// Utterance is the last that was spoken; its Seq is 0 while nothing was.
func (c *Client) Utterance() Utterance {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.spoken); n > 0 {
		return c.spoken[n-1]
	}
	return Utterance{}
}

// NextUtterance waits for the first utterance after the one numbered after.
func (c *Client) NextUtterance(ctx context.Context, after uint64) (Utterance, error) {
	var u Utterance
	err := c.wait(ctx, func() bool {
		for _, u = range c.spoken {
			if u.Seq > after {
				return true
			}
		}
		return false
	})
	if err != nil {
		return Utterance{}, err
	}
	return u, nil
}

// Touch sends one phase of a touch; the kiosk stamps the time.
func (c *Client) Touch(kind hal.TouchKind, x, y int) error {
	return c.send(request{kind: kindTouch, touch: hal.Touch{Kind: kind, X: x, Y: y}})
}

// Press presses a button of the keypad; the kiosk stamps the time.
func (c *Client) Press(b hal.Button, held bool) error {
	return c.send(request{kind: kindKey, key: hal.KeyPress{Button: b, Held: held}})
}

// TapAt touches the screen briefly.
func (c *Client) TapAt(x, y int) error {
	if err := c.Touch(hal.TouchDown, x, y); err != nil {
		return err
	}
	return c.Touch(hal.TouchUp, x, y)
}

// deaf is how long Tap waits for any effect of the tap before.
const deaf = 2 * time.Second

// Tap waits until the screen offers the target named id and has stood for
// Settle, and then touches its middle. A kiosk that is busy takes a touch late,
// so the time runs from the first effect of the tap before: every tap has one,
// because a button that is pressed looks so.
func (c *Client) Tap(ctx context.Context, id string) error {
	for {
		var t Target
		var ready time.Time
		var changed <-chan struct{}
		err := c.wait(ctx, func() bool {
			changed = c.changed
			var ok bool
			t, ok = c.latest.Target(id)
			ready = c.since
			if c.tapped.After(ready) {
				ready = c.tapped
			}
			ready = ready.Add(Settle)
			if c.silent {
				ready = c.tapped.Add(deaf)
			}
			return ok && !t.Disabled
		})
		if err != nil {
			return fmt.Errorf("tap %s: %w", id, c.explain(err))
		}
		pause := time.Until(ready)
		if pause <= 0 {
			c.mu.Lock()
			c.tapped, c.silent = time.Now(), true
			c.mu.Unlock()
			return c.TapAt(t.X+t.W/2, t.Y+t.H/2)
		}
		// The screen may change meanwhile; then it all begins again.
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-changed:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("tap %s: %w", id, c.explain(ctx.Err()))
		case <-c.ended:
			timer.Stop()
			return fmt.Errorf("tap %s: %w", id, ErrClosed)
		}
	}
}
