package panel

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"reflect"
	"testing"

	"tram06/hal"
	"tram06/ui/scene"
)

func TestRequestsRoundTrip(t *testing.T) {
	for _, q := range []request{
		{kind: kindAsk}, {kind: kindWatch}, {kind: kindWatch, watch: true},
		{kind: kindTouch, touch: hal.Touch{Kind: hal.TouchDown}},
		{kind: kindTouch, touch: hal.Touch{Kind: hal.TouchCancel, X: 1079, Y: 1919}},
	} {
		kind, body, err := readMessage(bytes.NewReader(q.encode()), maxRequest)
		if err != nil {
			t.Fatalf("%+v: %v", q, err)
		}
		got, err := decodeRequest(kind, body)
		if err != nil || got != q {
			t.Errorf("%+v became %+v, %v", q, got, err)
		}
	}
}

func TestSceneAndFrameRoundTrip(t *testing.T) {
	sc := &scene.Scene{
		Name: "confirm", W: 1080, H: 1920, Spoken: "Có phải quý vị không?",
		Items: []scene.Item{{Kind: scene.Box}, {Kind: scene.Text, Text: "NGUYỄN VĂN MẪU"}},
		Targets: []scene.Target{
			{ID: "primary", Rect: scene.Rect{X: 1, Y: 2, W: 3, H: 4}, Label: "Đúng là tôi", Action: struct{}{}},
			{ID: "back", Disabled: true},
		},
	}
	want := describe(7, sc)
	msg, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	kind, body, err := readMessage(bytes.NewReader(msg), maxReply)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeReply(kind, body)
	if err != nil || got.scene == nil || !reflect.DeepEqual(*got.scene, want) {
		t.Fatalf("scene became %+v, %v", got.scene, err)
	}
	if p, ok := got.scene.Target("primary"); !ok || p != (Target{"primary", 1, 2, 3, 4, "Đúng là tôi", false}) {
		t.Errorf("target %+v %v", p, ok)
	}
	if len(got.scene.Texts) != 1 || got.scene.Texts[0] != "NGUYỄN VĂN MẪU" {
		t.Errorf("texts %q", got.scene.Texts)
	}

	f := Frame{1 << 40, []byte("png")}
	kind, body, err = readMessage(bytes.NewReader(f.encode()), maxReply)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decodeReply(kind, body); err != nil || got.frame == nil || !reflect.DeepEqual(*got.frame, f) {
		t.Errorf("frame became %+v, %v", got.frame, err)
	}
}

func TestUtteranceRoundTrip(t *testing.T) {
	for _, want := range []Utterance{{Seq: 1, Text: "Quét mã QR trên thẻ.", Lang: "vi", Interrupt: true}, {Seq: 2, Lang: "en"}} {
		msg, err := want.encode()
		if err != nil {
			t.Fatal(err)
		}
		kind, body, err := readMessage(bytes.NewReader(msg), maxReply)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := decodeReply(kind, body); err != nil || got.said == nil || *got.said != want {
			t.Errorf("utterance became %+v, %v", got.said, err)
		}
	}
}

func TestBadMessages(t *testing.T) {
	touch := func(kind byte, x, y int32) []byte {
		b := []byte{kind}
		b = binary.BigEndian.AppendUint32(b, uint32(x))
		return message(kindTouch, binary.BigEndian.AppendUint32(b, uint32(y)))
	}
	for name, c := range map[string]struct {
		in   []byte
		want error
	}{
		"nothing":            {nil, io.EOF},
		"half a length":      {[]byte{0, 0}, io.ErrUnexpectedEOF},
		"no kind":            {[]byte{0, 0, 0, 1}, io.ErrUnexpectedEOF},
		"length zero":        {[]byte{0, 0, 0, 0}, ErrProtocol},
		"over the limit":     {[]byte{0, 0, 1, 0, 'T'}, ErrProtocol},
		"four gigabytes":     {[]byte{255, 255, 255, 255, 'T'}, ErrProtocol},
		"body cut short":     {[]byte{0, 0, 0, 9, 'T', 0, 0}, io.ErrUnexpectedEOF},
		"unknown kind":       {message('?'), ErrProtocol},
		"short touch":        {message(kindTouch, []byte{0, 0}), ErrProtocol},
		"fifth phase":        {touch(4, 1, 1), ErrProtocol},
		"left of the panel":  {touch(0, -1, 1), ErrProtocol},
		"far below":          {touch(0, 1, maxCoordinate), ErrProtocol},
		"watch two":          {message(kindWatch, []byte{2}), ErrProtocol},
		"ask with something": {message(kindAsk, []byte{1}), ErrProtocol},
		"no button":          {message(kindKey, []byte{0, 0}), ErrProtocol},
		"button of no pad":   {message(kindKey, []byte{byte(hal.ButtonDigit0) + 10, 0}), ErrProtocol},
		"half a key":         {message(kindKey, []byte{1}), ErrProtocol},
		"held twice":         {message(kindKey, []byte{1, 2}), ErrProtocol},
	} {
		kind, body, err := readMessage(bytes.NewReader(c.in), maxRequest)
		if err == nil {
			_, err = decodeRequest(kind, body)
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
	for name, in := range map[string][]byte{
		"not JSON":      message(kindScene, []byte("{")),
		"empty scene":   message(kindScene),
		"no utterance":  message(kindSay, []byte("[]")),
		"no picture":    Frame{Seq: 1}.encode(),
		"short frame":   message(kindFrame, []byte{1, 2}),
		"request there": request{kind: kindAsk}.encode(),
	} {
		kind, body, err := readMessage(bytes.NewReader(in), maxReply)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := decodeReply(kind, body); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Whatever arrives is refused or means the same when sent again.
func FuzzRequest(f *testing.F) {
	f.Add(request{kind: kindAsk}.encode())
	f.Add(request{kind: kindWatch, watch: true}.encode())
	f.Add(request{kind: kindTouch, touch: hal.Touch{Kind: hal.TouchUp, X: 540, Y: 1700}}.encode())
	f.Add([]byte{255, 255, 255, 255, 'T'})
	f.Add([]byte{0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, in []byte) {
		kind, body, err := readMessage(bytes.NewReader(in), maxRequest)
		if err != nil {
			return
		}
		q, err := decodeRequest(kind, body)
		if err != nil {
			return
		}
		if out := q.encode(); !bytes.Equal(out, in[:len(out)]) {
			t.Errorf("%x became %x", in, out)
		}
	})
}

func FuzzReply(f *testing.F) {
	s, err := describe(1, &scene.Scene{Name: "attract", Targets: []scene.Target{{ID: "start"}}}).encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s)
	f.Add(Frame{3, []byte("x")}.encode())
	f.Add(message(kindScene, []byte(`{"targets":[{}]}`)))
	f.Add(message(kindSay, []byte(`{"seq":1,"text":"x","interrupt":true}`)))
	f.Fuzz(func(t *testing.T, in []byte) {
		kind, body, err := readMessage(bytes.NewReader(in), 1<<16)
		if err != nil {
			return
		}
		m, err := decodeReply(kind, body)
		if err != nil {
			if !errors.Is(err, ErrProtocol) {
				t.Errorf("error %v is not ErrProtocol", err)
			}
			return
		}
		held := 0
		for _, there := range []bool{m.scene != nil, m.frame != nil, m.said != nil} {
			if there {
				held++
			}
		}
		if held != 1 {
			t.Errorf("reply holds %d things: %+v", held, m)
		}
	})
}
