package world

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"path/filepath"
	"sync"
	"time"

	"tram06/devdock/web"
	"tram06/firmware/config"
	"tram06/hal/evdev/input"
	"tram06/hal/evdev/sim"
	"tram06/hal/sound"
	soundsim "tram06/hal/sound/sim"
)

// buttons of the keypad by their names on the page, with the keys that it sends.
var buttons = map[string]string{
	"up": "UP", "down": "DOWN", "left": "LEFT", "right": "RIGHT", "ok": "ENTER",
	"back": "ESC", "help": "F1", "repeat": "F2", "softer": "F3", "louder": "F4",
	"0": "KP0", "1": "KP1", "2": "KP2", "3": "KP3", "4": "KP4", "5": "KP5", "6": "KP6", "7": "KP7", "8": "KP8", "9": "KP9",
}

// hands are the glass over the screen, the keypad and the ears of whoever stands
// before the kiosk.
type hands struct {
	glass *sim.Device
	pad   *sim.Device
	card  *soundsim.Device // of sound
	at    string           // the folder of the sockets
	heard string           // the sound card's address

	mu      sync.Mutex
	finger  sim.Hand
	pressed map[string]bool
	out     map[string]bool // pulled, by the cable's name
}

// newHands serves the three until ctx ends.
func newHands(ctx context.Context, dir string, log func(string, ...any)) (*hands, error) {
	began := time.Now()
	clock := func() time.Duration { return time.Since(began) }
	i := input.Info{Name: "Simulated keypad"}
	for _, name := range buttons {
		code, err := input.KeyCode(name)
		if err != nil {
			return nil, err
		}
		i.Keys.Set(code, true)
	}
	h := &hands{
		glass: sim.NewGlass("Simulated glass", clock), pad: sim.New(i, clock), card: soundsim.New(), at: dir,
		pressed: map[string]bool{}, out: map[string]bool{},
	}
	h.finger.Glass = h.glass
	for name, d := range map[string]*sim.Device{touchCable: h.glass, keypadCable: h.pad} {
		ln, err := net.Listen("unix", filepath.Join(dir, name))
		if err != nil {
			return nil, fmt.Errorf("simulated %s: %w", name, err)
		}
		go func() {
			if err := sim.Serve(ctx, ln, d); err != nil && ctx.Err() == nil {
				log("simulated %s: %v", name, err)
			}
		}()
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("simulated sound card: %w", err)
	}
	h.heard = ln.Addr().String()
	context.AfterFunc(ctx, func() { _ = ln.Close() })
	go func() {
		if err := h.card.Serve(ln); err != nil {
			log("%v", err)
		}
	}()
	return h, nil
}

func (h *hands) fittings() []config.Fitted {
	return []config.Fitted{
		{Name: "touch", URI: config.Device("sim+evdev://" + filepath.Join(h.at, touchCable))},
		{Name: "keypad", URI: config.Device("sim+keypad://" + filepath.Join(h.at, keypadCable))},
		{Name: "sound", URI: config.Device("sim+sound://" + h.heard + "/?volume=80")},
	}
}

// plug is what can be pulled and put back.
type plug interface {
	Unplug()
	Plug()
}

// pull pulls a plug, or puts it back; ok is false if there is none of that name.
func (h *hands) pull(cable string) (ok bool) {
	p, ok := map[string]plug{touchCable: h.glass, keypadCable: h.pad, soundCable: h.card}[cable]
	if !ok {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.out[cable] {
		p.Plug()
	} else {
		p.Unplug()
	}
	h.out[cable] = !h.out[cable]
	clear(h.pressed)
	return true
}

func (h *hands) pulled(cable string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.out[cable]
}

var (
	errNoGlass  = errors.New("the touch panel is unplugged")
	errNoKeypad = errors.New("the keypad is unplugged")
)

// touch touches the glass over a picture of that size.
func (h *hands) touch(kind string, x, y, width, height int) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.out[touchCable] {
		return errNoGlass
	}
	h.finger.Width, h.finger.Height = width, height
	switch kind {
	case "down":
		h.finger.Down(0, x, y)
	case "move":
		h.finger.Move(0, x, y)
	case "cancel":
		// Nobody means a tap who lets go in a corner.
		h.finger.Move(0, 0, 0)
		h.finger.Lift(0)
	case "up":
		h.finger.Move(0, x, y)
		h.finger.Lift(0)
	default:
		return fmt.Errorf("touch %q: %w", kind, web.ErrNone)
	}
	return nil
}

// key moves a key of the keypad: "down", "repeat" while it is held, and "up", or
// "press" for both.
func (h *hands) key(name, kind string) error {
	text, ok := buttons[name]
	if !ok {
		return fmt.Errorf("key %q: %w", name, web.ErrNone)
	}
	code, err := input.KeyCode(text)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.out[keypadCable] {
		return errNoKeypad
	}
	send := func(value int32) {
		h.pad.Send(input.Event{Type: input.Key, Code: code, Value: value}, input.Event{Type: input.Syn, Code: input.SynReport})
		h.pressed[name] = value != input.Released
	}
	switch {
	case kind == "press":
		send(input.Pressed)
		send(input.Released)
	case kind == "down":
		send(input.Pressed)
	case kind == "up" && h.pressed[name]:
		send(input.Released)
	case kind == "repeat" && h.pressed[name]:
		send(input.Repeated)
	case kind == "up", kind == "repeat": // its plug was pulled meanwhile
	default:
		return fmt.Errorf("key %s %q: %w", name, kind, web.ErrNone)
	}
	return nil
}

// cues are the sounds that the kiosk makes, by what they mean.
var cues = map[string]func() []int16{"that went well": sound.Well, "look here": sound.Look, "that did not work": sound.Wrong}

// sounds says what was heard since the last call, in words.
func (h *hands) sounds() (out []string) {
	for _, s := range h.card.Ended() {
		name, best := "", math.Inf(1)
		for what, samples := range cues {
			// They are told apart by their pitch.
			if d := math.Abs(math.Log(pitch(samples(), sound.Hertz) / pitch(s.Samples, s.Hertz))); d < best {
				name, best = what, d
			}
		}
		length := time.Duration(len(s.Samples)) * time.Second / time.Duration(max(s.Hertz, 1))
		out = append(out, fmt.Sprintf("loudspeaker, %d ms: “%s”", length.Round(10*time.Millisecond).Milliseconds(), name))
	}
	return out
}

// pitch is roughly how high a sound is: how often it swings in a second.
func pitch(samples []int16, hertz int) float64 {
	swings := 1
	for i := 1; i < len(samples); i++ {
		if samples[i-1] < 0 && samples[i] >= 0 {
			swings++
		}
	}
	return float64(swings) * float64(hertz) / float64(max(len(samples), 1))
}
