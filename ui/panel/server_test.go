//go:build memory

package panel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tram06/hal"
	"tram06/ui/scene"
)

// patience bounds a hanging test; nothing is measured by it.
const patience = 30 * time.Second

func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

func listen(t *testing.T) (*Server, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "panel.sock")
	s, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, path
}

func dial(t *testing.T, path string) *Client {
	t.Helper()
	c, err := Dial(bounded(t), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func screen(name string, ids ...string) *scene.Scene {
	sc := &scene.Scene{Name: name, W: 40, H: 60}
	for i, id := range ids {
		sc.Targets = append(sc.Targets, scene.Target{ID: id, Rect: scene.Rect{X: 10 * i, Y: 20, W: 10, H: 10}})
	}
	return sc
}

func picture(shade uint8) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 40, 60))
	for i := range img.Pix {
		img.Pix[i] = shade
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

func publish(t *testing.T, s *Server, sc *scene.Scene, img *image.RGBA) {
	t.Helper()
	if err := s.Publish(sc, img); err != nil {
		t.Fatal(err)
	}
}

func shade(t *testing.T, f Frame) uint8 {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(f.PNG))
	if err != nil {
		t.Fatal(err)
	}
	return color.RGBAModel.Convert(img.At(5, 5)).(color.RGBA).R
}

func TestSceneFrameAndTouch(t *testing.T) {
	s, path := listen(t)
	ctx := bounded(t)
	c := dial(t, path) // before anything was shown
	publish(t, s, screen("attract", "start"), picture(10))
	sc, err := c.AwaitName(ctx, "attract")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := sc.Target("start"); !ok || sc.W != 40 || sc.H != 60 {
		t.Errorf("scene %+v", sc)
	}
	f, err := c.Frame(ctx)
	if err != nil || shade(t, f) != 10 || f.Seq != sc.Seq {
		t.Errorf("frame %d of shade %d, %v", f.Seq, shade(t, f), err)
	}

	late := dial(t, path) // sees at once what is shown
	if sc, err := late.Scene(ctx); err != nil || sc.Name != "attract" {
		t.Errorf("late client sees %q, %v", sc.Name, err)
	}

	if err := c.Touch(hal.TouchDown, 3, 4); err != nil {
		t.Fatal(err)
	}
	got := <-s.Touches()
	if got.Kind != hal.TouchDown || got.X != 3 || got.Y != 4 || got.At.IsZero() {
		t.Errorf("touch %+v", got)
	}
}

// A tap waits for its target, then goes to the middle of it.
func TestTapWaitsForTheTarget(t *testing.T) {
	s, path := listen(t)
	c := dial(t, path)
	off := screen("consent", "agree", "refuse")
	off.Targets[1].Disabled = true
	publish(t, s, off, picture(1))
	tapped := make(chan error, 1)
	go func() { tapped <- c.Tap(bounded(t), "refuse") }()
	if _, err := c.AwaitName(bounded(t), "consent"); err != nil {
		t.Fatal(err)
	}
	publish(t, s, screen("consent", "agree", "refuse"), picture(1))
	down, up := <-s.Touches(), <-s.Touches()
	if down.Kind != hal.TouchDown || up.Kind != hal.TouchUp || down.X != 15 || down.Y != 25 || up.X != 15 || up.Y != 25 {
		t.Errorf("touches %+v, %+v", down, up)
	}
	if err := <-tapped; err != nil {
		t.Error(err)
	}
}

func TestTapSaysWhatWasThere(t *testing.T) {
	s, path := listen(t)
	c := dial(t, path)
	publish(t, s, screen("consent", "agree"), picture(1))
	if _, err := c.Scene(bounded(t)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := c.Tap(ctx, "refuse")
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	for _, word := range []string{"refuse", "consent", "agree"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not name %s", err, word)
		}
	}
}

// Screens that flash by are not missed, and arrive in order.
func TestAwaitSeesEveryScene(t *testing.T) {
	s, path := listen(t)
	c := dial(t, path)
	publish(t, s, screen("first"), picture(0))
	if _, err := c.AwaitName(bounded(t), "first"); err != nil {
		t.Fatal(err)
	}
	const n = 200
	for i := range n {
		publish(t, s, screen(fmt.Sprint("s", i)), picture(uint8(i)))
	}
	for i := range n {
		if i%3 == 0 {
			if _, err := c.AwaitName(bounded(t), fmt.Sprint("s", i)); err != nil {
				t.Fatal(err)
			}
		}
	}
	// What is past does not come again.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.AwaitName(ctx, "s0"); !errors.Is(err, context.Canceled) {
		t.Errorf("a past scene was seen again: %v", err)
	}
}

func TestWatch(t *testing.T) {
	s, path := listen(t)
	c := dial(t, path)
	publish(t, s, screen("a"), picture(10))
	if err := c.Watch(true); err != nil {
		t.Fatal(err)
	}
	f, err := c.NextFrame(bounded(t), 0)
	if err != nil || shade(t, f) != 10 {
		t.Fatalf("first frame: %v", err)
	}
	publish(t, s, screen("b"), picture(20))
	next, err := c.NextFrame(bounded(t), f.Seq)
	if err != nil || shade(t, next) != 20 || next.Seq <= f.Seq {
		t.Fatalf("second frame: %d after %d, %v", next.Seq, f.Seq, err)
	}
}

// A client that never reads holds up neither the kiosk nor the others.
func TestSlowClientBlocksNobody(t *testing.T) {
	s, path := listen(t)
	slow, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer slow.Close()
	if _, err := slow.Write(request{kind: kindWatch, watch: true}.encode()); err != nil {
		t.Fatal(err)
	}
	quick := dial(t, path)

	// Noise does not compress: a few frames fill any socket's buffer.
	noise := image.NewRGBA(image.Rect(0, 0, 600, 800))
	src := rand.NewChaCha8([32]byte{6})
	if _, err := src.Read(noise.Pix); err != nil {
		t.Fatal(err)
	}
	for range 2 * maxQueue {
		publish(t, s, screen("noise"), noise)
	}
	publish(t, s, screen("end"), picture(77))
	if _, err := quick.AwaitName(bounded(t), "end"); err != nil {
		t.Fatal(err)
	}
	f, err := quick.Frame(bounded(t))
	if err != nil || shade(t, f) != 77 {
		t.Fatalf("frame after the noise: %v", err)
	}
}

// Malformed input ends that client's connection only; a finger that was down
// is taken off the glass without a tap.
func TestBadInputEndsOnlyThatClient(t *testing.T) {
	s, path := listen(t)
	publish(t, s, screen("a"), picture(1))
	good := dial(t, path)
	bad, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer bad.Close()
	down := request{kind: kindTouch, touch: hal.Touch{Kind: hal.TouchDown, X: 5, Y: 6}}.encode()
	if _, err := bad.Write(append(down, 0xFF, 0xFF, 0xFF, 0xFF, 'T')); err != nil {
		t.Fatal(err)
	}
	if got := <-s.Touches(); got.Kind != hal.TouchDown {
		t.Errorf("first touch %+v", got)
	}
	if got := <-s.Touches(); got.Kind != hal.TouchCancel || got.X != 5 || got.Y != 6 {
		t.Errorf("after bad input %+v, want a cancel", got)
	}
	// The server closes; reading ends after the scene.
	for {
		if _, _, err := readMessage(bad, maxReply); err != nil {
			break
		}
	}
	if _, err := good.Frame(bounded(t)); err != nil {
		t.Errorf("the other client: %v", err)
	}
}

func TestSocketIsPrivateAndReplaced(t *testing.T) {
	s, path := listen(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("socket has mode %v", info.Mode())
	}
	if _, err := Listen(path); !errors.Is(err, ErrInUse) {
		t.Errorf("second server: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("socket left behind: %v", err)
	}
	if err := s.Publish(screen("a"), picture(0)); !errors.Is(err, ErrClosed) {
		t.Errorf("publish after close: %v", err)
	}

	// A kiosk that was killed leaves a socket that nobody answers.
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	ln.SetUnlinkOnClose(false)
	ln.Close()
	again, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, path)
	publish(t, again, screen("back"), picture(0))
	if _, err := c.AwaitName(bounded(t), "back"); err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	if _, err := c.AwaitName(bounded(t), "never"); !errors.Is(err, ErrClosed) {
		t.Errorf("after the server left: %v", err)
	}
}

// A picture comes back once it was replaced or encoded, and never while it may
// still be read.
func TestSpare(t *testing.T) {
	s, path := listen(t)
	if s.Spare() != nil {
		t.Fatal("a spare picture before the first")
	}
	first, second := picture(1), picture(2)
	publish(t, s, screen("a"), first)
	if s.Spare() != nil {
		t.Fatal("the picture that shows was handed out")
	}
	publish(t, s, screen("b"), second)
	if s.Spare() != first {
		t.Error("the replaced picture did not come back")
	}
	if s.Spare() != nil {
		t.Error("one picture was handed out twice")
	}
	c := dial(t, path)
	f, err := c.Frame(bounded(t))
	if err != nil || shade(t, f) != 2 {
		t.Fatalf("frame: %v", err)
	}
	again, err := dial(t, path).Frame(bounded(t)) // encoded once, sent twice
	if err != nil || !bytes.Equal(again.PNG, f.PNG) {
		t.Fatalf("second client's frame: %v", err)
	}
	if s.Spare() != second {
		t.Error("the encoded picture did not come back")
	}
}

// Clients that watch get whole pictures even while the kiosk reuses them.
func TestReusedPicturesAreNeverTorn(t *testing.T) {
	s, path := listen(t)
	c := dial(t, path)
	if err := c.Watch(true); err != nil {
		t.Fatal(err)
	}
	const last = 250
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 1; i <= last; i++ {
			img := s.Spare()
			if img == nil {
				img = picture(0)
			}
			for j := range img.Pix {
				if j%4 != 3 {
					img.Pix[j] = uint8(i)
				}
			}
			if err := s.Publish(screen("a"), img); err != nil {
				t.Error(err)
			}
		}
	}()
	for seq := uint64(0); seq < last; {
		f, err := c.NextFrame(bounded(t), seq)
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(f.PNG))
		if err != nil {
			t.Fatal(err)
		}
		for y := range 60 {
			for x := range 40 {
				if got := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA).R; got != uint8(f.Seq) {
					t.Fatalf("frame %d has shade %d at (%d,%d)", f.Seq, got, x, y)
				}
			}
		}
		seq = f.Seq
	}
	<-done
}

func BenchmarkFramePNG(b *testing.B) {
	img := image.NewRGBA(image.Rect(0, 0, 1080, 1920))
	for i := range img.Pix {
		img.Pix[i] = byte(i >> 14)
	}
	for b.Loop() {
		if _, err := encodePNG(1, img); err != nil {
			b.Fatal(err)
		}
	}
}

// Every client hears all in order; one that comes late hears what is being
// said, not what was before.
func TestSay(t *testing.T) {
	s, path := listen(t)
	ctx := bounded(t)
	c := dial(t, path)
	publish(t, s, screen("attract"), picture(1))
	if _, err := c.Scene(ctx); err != nil {
		t.Fatal(err)
	}
	if u := c.Utterance(); u != (Utterance{}) {
		t.Errorf("before anything was said the last is %+v", u)
	}
	say := []scene.Utterance{{Text: "một", Lang: "vi", Interrupt: true}, {Text: "hai", Lang: "vi"}, {Text: "ba", Lang: "vi", Interrupt: true}, {Text: "four", Lang: "en"}}
	for _, u := range say {
		if err := s.Say(u); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range say {
		u, err := c.NextUtterance(ctx, uint64(i))
		if err != nil || u != (Utterance{uint64(i + 1), want.Text, want.Lang, want.Interrupt}) {
			t.Errorf("utterance %d is %+v, %v", i, u, err)
		}
	}
	if u := c.Utterance(); u.Text != "four" {
		t.Errorf("the last utterance is %+v", u)
	}
	late := dial(t, path)
	if u, err := late.NextUtterance(ctx, 0); err != nil || u.Text != "ba" {
		t.Errorf("a late client hears %+v, %v first", u, err)
	}
	if u, err := late.NextUtterance(ctx, 3); err != nil || u.Text != "four" {
		t.Errorf("a late client hears %+v, %v next", u, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Say(say[0]); !errors.Is(err, ErrClosed) {
		t.Errorf("Say after Close gives %v", err)
	}
	if _, err := c.NextUtterance(ctx, 99); !errors.Is(err, ErrClosed) {
		t.Errorf("waiting after the end gives %v", err)
	}
}

func TestKeys(t *testing.T) {
	s, path := listen(t)
	c := dial(t, path)
	want := []hal.KeyPress{{Button: hal.ButtonDown}, {Button: hal.ButtonDown, Held: true}, {Button: hal.ButtonDigit0 + 9}}
	for _, k := range want {
		if err := c.Press(k.Button, k.Held); err != nil {
			t.Fatal(err)
		}
	}
	ctx := bounded(t)
	for _, k := range want {
		select {
		case got := <-s.Keys():
			if got.Button != k.Button || got.Held != k.Held || got.At.IsZero() {
				t.Errorf("pressed %+v, the kiosk got %+v", k, got)
			}
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		}
	}
}
