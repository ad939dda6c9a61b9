package panel

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"tram06/hal"
	"tram06/ui/scene"
)

// ErrProtocol: the other side sent something that no message looks like.
var ErrProtocol = errors.New("malformed panel message")

// The kinds of messages.
const (
	kindTouch = 'T'
	kindKey   = 'K'
	kindAsk   = 'F'
	kindWatch = 'W'
	kindScene = 's'
	kindFrame = 'f'
	kindSay   = 'u'
)

// Limits of a message's length. Requests are tiny; a frame of noise at the
// largest panel stays below sixteen megabytes.
const (
	maxRequest = 64
	maxReply   = 16 << 20
)

// maxCoordinate is beyond any panel.
const maxCoordinate = 1 << 14

// Target is a place that can be touched.
type Target struct {
	ID       string `json:"id"`
	X        int    `json:"x"`
	Y        int    `json:"y"`
	W        int    `json:"w"`
	H        int    `json:"h"`
	Label    string `json:"label"`
	Disabled bool   `json:"disabled,omitempty"`
}

// Scene describes what the screen shows.
type Scene struct {
	Seq    uint64 `json:"seq"`
	Name   string `json:"name"`
	W      int    `json:"w"`
	H      int    `json:"h"`
	Spoken string `json:"spoken"`
	// Texts are the lines drawn, in drawing order.
	Texts   []string `json:"texts"`
	Targets []Target `json:"targets"`
}

// Target finds the target named id.
func (s *Scene) Target(id string) (Target, bool) {
	for _, t := range s.Targets {
		if t.ID == id {
			return t, true
		}
	}
	return Target{}, false
}

// Frame is one picture of the screen.
type Frame struct {
	// Seq is that of the scene it shows.
	Seq uint64
	PNG []byte
}

// Utterance is something that the kiosk spoke.
type Utterance struct {
	// Seq counts the utterances of a kiosk from 1.
	Seq  uint64 `json:"seq"`
	Text string `json:"text"`
	Lang string `json:"lang"`
	// Interrupt says that it ended what was being spoken; without a text it is
	// silence.
	Interrupt bool `json:"interrupt,omitempty"`
}

// describe copies from sc what a client may see of it.
func describe(seq uint64, sc *scene.Scene) Scene {
	d := Scene{Seq: seq, Name: sc.Name, W: sc.W, H: sc.H, Spoken: sc.Spoken, Texts: []string{}, Targets: []Target{}}
	for i := range sc.Items {
		if sc.Items[i].Kind == scene.Text {
			d.Texts = append(d.Texts, sc.Items[i].Text)
		}
	}
	for _, t := range sc.Targets {
		d.Targets = append(d.Targets, Target{t.ID, t.Rect.X, t.Rect.Y, t.Rect.W, t.Rect.H, t.Label, t.Disabled})
	}
	return d
}

// readMessage reads one message of at most limit bytes.
func readMessage(r io.Reader, limit uint32) (kind byte, body []byte, err error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:4]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(head[:4])
	if n == 0 || n > limit {
		return 0, nil, fmt.Errorf("%w: length %d", ErrProtocol, n)
	}
	if _, err := io.ReadFull(r, head[4:]); err != nil {
		return 0, nil, short(err)
	}
	// Growing while bytes arrive: a length alone must not cost memory.
	body, err = io.ReadAll(io.LimitReader(r, int64(n-1)))
	if err != nil {
		return 0, nil, err
	}
	if len(body) != int(n-1) {
		return 0, nil, io.ErrUnexpectedEOF
	}
	return head[4], body, nil
}

func short(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// message puts a message together.
func message(kind byte, parts ...[]byte) []byte {
	n := 1
	for _, p := range parts {
		n += len(p)
	}
	out := binary.BigEndian.AppendUint32(make([]byte, 0, 4+n), uint32(n))
	out = append(out, kind)
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

// request is one decoded message to the kiosk.
type request struct {
	kind  byte
	touch hal.Touch    // without time
	key   hal.KeyPress // without time
	watch bool
}

func (q request) encode() []byte {
	switch q.kind {
	case kindTouch:
		b := []byte{byte(q.touch.Kind)}
		b = binary.BigEndian.AppendUint32(b, uint32(int32(q.touch.X)))
		b = binary.BigEndian.AppendUint32(b, uint32(int32(q.touch.Y)))
		return message(kindTouch, b)
	case kindKey:
		b := []byte{byte(q.key.Button), 0}
		if q.key.Held {
			b[1] = 1
		}
		return message(kindKey, b)
	case kindWatch:
		if q.watch {
			return message(kindWatch, []byte{1})
		}
		return message(kindWatch, []byte{0})
	}
	return message(q.kind)
}

func decodeRequest(kind byte, body []byte) (request, error) {
	switch kind {
	case kindTouch:
		if len(body) != 9 || body[0] > byte(hal.TouchCancel) {
			return request{}, fmt.Errorf("%w: touch", ErrProtocol)
		}
		x := int(int32(binary.BigEndian.Uint32(body[1:])))
		y := int(int32(binary.BigEndian.Uint32(body[5:])))
		if x < 0 || y < 0 || x >= maxCoordinate || y >= maxCoordinate {
			return request{}, fmt.Errorf("%w: touch outside of any panel", ErrProtocol)
		}
		return request{kind: kind, touch: hal.Touch{Kind: hal.TouchKind(body[0]), X: x, Y: y}}, nil
	case kindKey:
		if len(body) != 2 || body[0] == 0 || body[0] > byte(hal.ButtonDigit0)+9 || body[1] > 1 {
			return request{}, fmt.Errorf("%w: key", ErrProtocol)
		}
		return request{kind: kind, key: hal.KeyPress{Button: hal.Button(body[0]), Held: body[1] == 1}}, nil
	case kindWatch:
		if len(body) != 1 || body[0] > 1 {
			return request{}, fmt.Errorf("%w: watch", ErrProtocol)
		}
		return request{kind: kind, watch: body[0] == 1}, nil
	case kindAsk:
		if len(body) != 0 {
			return request{}, fmt.Errorf("%w: ask", ErrProtocol)
		}
		return request{kind: kind}, nil
	}
	return request{}, fmt.Errorf("%w: kind %d", ErrProtocol, kind)
}

// reply is one decoded message to the client.
type reply struct {
	scene *Scene
	frame *Frame
	said  *Utterance
}

func (f Frame) encode() []byte {
	return message(kindFrame, binary.BigEndian.AppendUint64(nil, f.Seq), f.PNG)
}

func (s Scene) encode() ([]byte, error) { return encodeJSON(kindScene, s) }

func (u Utterance) encode() ([]byte, error) { return encodeJSON(kindSay, u) }

func encodeJSON(kind byte, v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return message(kind, b), nil
}

func decodeReply(kind byte, body []byte) (reply, error) {
	switch kind {
	case kindScene:
		var s Scene
		if err := json.Unmarshal(body, &s); err != nil {
			return reply{}, fmt.Errorf("%w: scene: %w", ErrProtocol, err)
		}
		return reply{scene: &s}, nil
	case kindFrame:
		if len(body) <= 8 {
			return reply{}, fmt.Errorf("%w: frame", ErrProtocol)
		}
		return reply{frame: &Frame{binary.BigEndian.Uint64(body), body[8:]}}, nil
	case kindSay:
		var u Utterance
		if err := json.Unmarshal(body, &u); err != nil {
			return reply{}, fmt.Errorf("%w: utterance: %w", ErrProtocol, err)
		}
		return reply{said: &u}, nil
	}
	return reply{}, fmt.Errorf("%w: kind %d", ErrProtocol, kind)
}
