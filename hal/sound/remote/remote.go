// Package remote is a sound card in another program, for a kiosk whose speaker
// stands on a desk's simulation. Package sim is the other end.
//
//	sim+sound://127.0.0.1:9107/?volume=80
//
// It is no sound card's driver: it plays at the pace of a real one, and sends
// what would be heard.
package remote

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"sync"
	"time"

	"tram06/hal"
	"tram06/hal/params"
	"tram06/hal/sound/speaker"
)

const (
	// dialling is how long a program that simulates may take to answer.
	dialling = 2 * time.Second
	// period is how often samples are asked for.
	period = 10 * time.Millisecond
)

// Pause is how many silent chunks part two sounds; further ones are not sent.
const Pause = 10

// ErrProtocol: the other side sent something that no chunk looks like.
var ErrProtocol = errors.New("malformed sound")

// Ready is what the other side says first, and all that it says.
const Ready = "\n"

// Chunk is what is heard within one period.
type Chunk struct {
	Hertz   int
	Samples []int16
}

// Silent tells whether nothing is heard in it.
func (c Chunk) Silent() bool {
	for _, x := range c.Samples {
		if x != 0 {
			return false
		}
	}
	return true
}

// Write sends a chunk: rate and length (four bytes each, big endian), samples.
func (c Chunk) Write(w io.Writer) error {
	b := binary.BigEndian.AppendUint32(nil, uint32(c.Hertz))
	b = binary.BigEndian.AppendUint32(b, uint32(len(c.Samples)))
	for _, x := range c.Samples {
		b = binary.BigEndian.AppendUint16(b, uint16(x))
	}
	_, err := w.Write(b)
	return err
}

// Read receives a chunk.
func Read(r io.Reader) (Chunk, error) {
	var head [8]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return Chunk{}, err
	}
	hertz, n := binary.BigEndian.Uint32(head[:]), binary.BigEndian.Uint32(head[4:])
	if hertz < speaker.MinHertz || hertz > speaker.MaxHertz || n > hertz {
		return Chunk{}, fmt.Errorf("%w: %d samples of %d a second", ErrProtocol, n, hertz)
	}
	body := make([]byte, 2*n)
	if _, err := io.ReadFull(r, body); err != nil {
		return Chunk{}, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	c := Chunk{Hertz: int(hertz), Samples: make([]int16, n)}
	for i := range c.Samples {
		c.Samples[i] = int16(binary.BigEndian.Uint16(body[2*i:]))
	}
	return c, nil
}

// Registry gives the opener of sim+sound. now stamps health; nil is time.Now.
func Registry(now func() time.Time) hal.Registry {
	return hal.Registry{"sim+sound": func(ctx context.Context, u *url.URL) (hal.Device, error) {
		p := params.New("sound", u)
		volume := p.Number("volume", speaker.DefaultVolume, 0, 100)
		at := p.Socket(u)
		if err := p.End(); err != nil {
			return nil, err
		}
		d := net.Dialer{Timeout: dialling}
		conn, err := d.DialContext(ctx, "tcp", at)
		if err != nil {
			return nil, fmt.Errorf("simulated sound: %w: %w", hal.ErrGone, err)
		}
		// One that accepts is not yet one that has a card.
		err = conn.SetReadDeadline(time.Now().Add(dialling))
		if err == nil {
			_, err = io.ReadFull(conn, make([]byte, len(Ready)))
		}
		if err == nil {
			err = conn.SetReadDeadline(time.Time{})
		}
		if err != nil {
			_ = conn.Close()
			return nil, fmt.Errorf("simulated sound: %w: %w", hal.ErrGone, err)
		}
		return speaker.New(u.String(), overConn(conn), volume, now)
	}}
}

// overConn is a card at the other end of a connection.
func overConn(conn net.Conn) *Card {
	hung := make(chan struct{})
	go func() {
		defer close(hung)
		_, _ = io.Copy(io.Discard, conn) // nothing is sent this way but the end
	}()
	quiet := Pause
	return NewCard(hung, func(c Chunk) {
		if quiet++; !c.Silent() {
			quiet = 0
		}
		if quiet > Pause {
			return
		}
		err := conn.SetWriteDeadline(time.Now().Add(dialling))
		if err == nil {
			err = c.Write(conn)
		}
		if err != nil {
			_ = conn.Close() // which is what makes it known
		}
	}, func() error {
		err := conn.Close()
		<-hung
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		return err
	})
}

// Card asks for samples as a real card does, and hands them on.
type Card struct {
	gone <-chan struct{}
	hear func(Chunk)
	end  func() error

	stop chan struct{}
	all  sync.WaitGroup
}

var _ speaker.Card = (*Card)(nil)

// NewCard makes a card that is heard by hear until gone is closed, and ended by
// end.
func NewCard(gone <-chan struct{}, hear func(Chunk), end func() error) *Card {
	return &Card{gone: gone, hear: hear, end: end}
}

// Gone is closed when the other side is gone.
func (c *Card) Gone() <-chan struct{} { return c.gone }

// Latency is one period: what was asked for is heard until the next.
func (c *Card) Latency() time.Duration { return period }

// Run asks for samples from now on.
func (c *Card) Run(hertz int, fill func([]float32)) error {
	c.halt()
	stop := make(chan struct{})
	c.stop = stop
	c.all.Go(func() { c.pull(stop, hertz, fill) })
	return nil
}

func (c *Card) pull(stop <-chan struct{}, hertz int, fill func([]float32)) {
	tick := time.NewTicker(period)
	defer tick.Stop()
	buf := make([]float32, hertz/int(time.Second/period))
	for {
		select {
		case <-stop:
			return
		case <-c.gone:
			return
		case <-tick.C:
		}
		fill(buf)
		out := Chunk{Hertz: hertz, Samples: make([]int16, len(buf))}
		for i, v := range buf {
			out.Samples[i] = int16(math.Round(float64(min(max(v, -1), 1)) * math.MaxInt16))
		}
		c.hear(out)
	}
}

// Rest asks for nothing more.
func (c *Card) Rest() error {
	c.halt()
	return nil
}

// Present is always true: Gone tells at once.
func (c *Card) Present() bool { return true }

func (c *Card) halt() {
	if c.stop != nil {
		close(c.stop)
		c.stop = nil
	}
	c.all.Wait()
}

// Close ends it. The other side is left first: what is being handed to it may
// never be taken.
func (c *Card) Close() error {
	err := c.end()
	c.halt()
	return err
}
