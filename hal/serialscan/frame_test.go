package serialscan

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
)

// cut pushes the parts one by one and closes the last frame.
func cut(aim bool, parts ...string) (frames []string) {
	f := newFramer(aim)
	emit := func(b []byte, overlong bool) {
		if overlong {
			frames = append(frames, "OVERLONG")
			return
		}
		frames = append(frames, string(b))
	}
	for _, p := range parts {
		f.push([]byte(p), emit)
	}
	f.end(emit)
	return frames
}

func TestFrames(t *testing.T) {
	long := strings.Repeat("x", limit)
	for name, c := range map[string]struct {
		aim  bool
		in   []string
		want []string
	}{
		"cr":                 {in: []string{"a\rb\r"}, want: []string{"a", "b"}},
		"lf":                 {in: []string{"a\nb\n"}, want: []string{"a", "b"}},
		"crlf":               {in: []string{"a\r\nb\r\n"}, want: []string{"a", "b"}},
		"no end":             {in: []string{"a"}, want: []string{"a"}},
		"crlf in two pieces": {in: []string{"a\r", "\nb\r"}, want: []string{"a", "b"}},
		"split letter":       {in: []string{"NGUY\xe1\xbb", "\x84N\r"}, want: []string{"NGUYỄN"}},
		"nul and bom":        {in: []string{"\xef\xbb\xbfa\x00b\r\x00\r"}, want: []string{"ab"}},
		"only a bom":         {in: []string{"\xef\xbb\xbf\r"}},
		"empty lines":        {in: []string{"\r\n\r\n\n"}},
		"aim":                {aim: true, in: []string{"]Q3001|x\r]C0y\r]z\r]"}, want: []string{"001|x", "y", "]z", "]"}},
		"aim then bom":       {aim: true, in: []string{"]Q3\xef\xbb\xbf001\r"}, want: []string{"001"}},
		"aim alone":          {aim: true, in: []string{"]Q3\r"}},
		"aim off":            {in: []string{"]Q3001\r"}, want: []string{"]Q3001"}},
		"at the limit":       {in: []string{long + "\r"}, want: []string{long}},
		"over the limit":     {in: []string{long + "x\rok\r"}, want: []string{"OVERLONG", "ok"}},
		"far over":           {in: []string{long, long, long + "\rok\r"}, want: []string{"OVERLONG", "ok"}},
		"raw bytes":          {in: []string{"\xff\xfe\x80\r"}, want: []string{"\xff\xfe\x80"}},
	} {
		if got := cut(c.aim, c.in...); !slices.Equal(got, c.want) {
			t.Errorf("%s: %.60q, want %.60q", name, got, c.want)
		}
	}
}

func TestNothingOfAFrameStays(t *testing.T) {
	f := newFramer(true)
	for _, frame := range []string{"]Q3001090000638|NGUYỄN VĂN MẪU\r", strings.Repeat("x", 2*limit) + "\n", strings.Repeat("y", limit) + "\r"} {
		f.push([]byte(frame), func([]byte, bool) {})
		if all := f.buf[:cap(f.buf)]; len(all) != limit || slices.ContainsFunc(all, func(b byte) bool { return b != 0 }) {
			t.Errorf("after %.10q: %d bytes, among them %.20q", frame, len(all), bytes.Trim(all, "\x00"))
		}
	}
}

// line is a port on which one code comes, and whose plug is pulled then.
type line struct {
	code string
	left int // bytes of it in the buffer when more was wanted
}

func (l *line) Read(b []byte) (int, error) {
	l.left = len(bytes.Trim(b, "\x00"))
	n := copy(b, l.code)
	if l.code = l.code[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

func (*line) SetReadTimeout(time.Duration) error { return nil }
func (*line) Close() error                       { return nil }

func TestNothingOfACodeStaysInTheBuffer(t *testing.T) {
	l := &line{code: "001090000638|NGUYỄN VĂN MẪU\r"}
	s := start(l, "serial:///dev/none", Options{})
	<-s.done
	if l.left != 0 {
		t.Errorf("%d bytes", l.left)
	}
}

func FuzzFrames(f *testing.F) {
	f.Add([]byte("001090000638|NGUYỄN VĂN MẪU\r\n"), uint8(3), true)
	f.Add([]byte("]Q3\xef\xbb\xbf\x00\x00\r"), uint8(1), true)
	f.Add(bytes.Repeat([]byte("x"), limit+5), uint8(200), false)
	f.Fuzz(func(t *testing.T, data []byte, step uint8, aim bool) {
		whole := cut(aim, string(data))
		var parts []string
		for c := range slices.Chunk(data, int(step)+1) {
			parts = append(parts, string(c))
		}
		if got := cut(aim, parts...); !slices.Equal(got, whole) {
			t.Fatalf("cut depends on how bytes arrive: %q, %q", got, whole)
		}
		for _, w := range whole {
			if w == "" || len(w) > limit || strings.ContainsAny(w, "\x00\r\n") {
				t.Fatalf("frame %q", w)
			}
		}
	})
}
