package sim

import (
	"sync"
	"time"

	"tram06/hal/evdev/input"
)

// axis is how finely a glass knows where a finger is.
const axis = 4096

// NewGlass plugs in a touch panel for ten fingers, of a name.
func NewGlass(name string, clock func() time.Duration) *Device {
	i := input.Info{Name: name, Phys: "sim/input0", Axes: map[uint16]input.Axis{
		input.AbsX: {Max: axis}, input.AbsY: {Max: axis}, input.AbsSlot: {Max: 9},
		input.AbsMultiX: {Max: axis}, input.AbsMultiY: {Max: axis}, input.AbsTrackingID: {Max: 65535},
	}}
	i.Keys.Set(input.BtnTouch, true)
	return New(i, clock)
}

// Hand touches a glass that lies before a picture: it knows only the picture's
// places, whichever way round the glass lies.
type Hand struct {
	Glass *Device
	// Width and Height are those of the upright picture, in pixels.
	Width, Height int
	// Rotate is by how many degrees the picture is turned clockwise on its way
	// to the panel that the glass is glued to.
	Rotate int
	// Askew is how the glass tells a place on it, both as parts of its axes;
	// nil is a glass without fault.
	Askew func(x, y float64) (float64, float64)

	mu sync.Mutex
	id int32
}

// Down puts a finger onto the glass. Fingers are numbered from zero.
func (h *Hand) Down(finger, x, y int) {
	h.mu.Lock()
	h.id++
	id := h.id
	h.mu.Unlock()
	h.send(finger, append([]input.Event{{Type: input.Abs, Code: input.AbsTrackingID, Value: id}}, h.at(x, y)...)...)
}

// Move moves a finger.
func (h *Hand) Move(finger, x, y int) { h.send(finger, h.at(x, y)...) }

// Lift takes a finger away.
func (h *Hand) Lift(finger int) {
	h.send(finger, input.Event{Type: input.Abs, Code: input.AbsTrackingID, Value: -1})
}

func (h *Hand) send(finger int, events ...input.Event) {
	all := append([]input.Event{{Type: input.Abs, Code: input.AbsSlot, Value: int32(finger)}}, events...)
	h.Glass.Send(append(all, input.Event{Type: input.Syn, Code: input.SynReport})...)
}

// at is what the glass tells of a place of the picture.
func (h *Hand) at(x, y int) []input.Event {
	u, v := float64(x)/float64(h.Width-1), float64(y)/float64(h.Height-1)
	switch h.Rotate {
	case 90:
		u, v = 1-v, u
	case 180:
		u, v = 1-u, 1-v
	case 270:
		u, v = v, 1-u
	}
	if h.Askew != nil {
		u, v = h.Askew(u, v)
	}
	raw := func(part float64) int32 { return int32(min(max(part, 0), 1)*axis + 0.5) }
	return []input.Event{
		{Type: input.Abs, Code: input.AbsMultiX, Value: raw(u)}, {Type: input.Abs, Code: input.AbsMultiY, Value: raw(v)},
	}
}
