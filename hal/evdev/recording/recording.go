// Package recording keeps what an input device said, as text that people can
// read, change and send to each other:
//
//	input 1
//	name "Goodix Capacitive TouchScreen"
//	id 0018 0416 038f 1060
//	axis 53 0 1080 0 0 12
//	keys 330
//	begin
//	0.000000 abs 57 4
//	0.000000 abs 53 512
//	0.000000 syn 0 0
//
// The head describes the device as input.Info does; an axis has its code,
// least and greatest value, fuzz, flat and resolution. After begin each line is
// an event: seconds, type, code and value. Keys may go by name. Empty lines
// and lines that begin with # say nothing.
//
// Reader is such a text as a device: one that was recorded, or one that is
// written this moment by a simulator at the other end of a socket.
//
// What was typed or scanned on a device is in its recording: none is made of
// people's own.
package recording

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"tram06/hal/evdev/input"
)

// ErrFormat: the text is no recording.
var ErrFormat = errors.New("not a recording of an input device")

var types = map[string]uint16{
	"syn": input.Syn, "key": input.Key, "rel": input.Rel, "abs": input.Abs,
	"msc": input.Msc, "led": input.Led, "rep": input.Rep,
}

// typeName names a type, by its number if need be.
func typeName(t uint16) string {
	for name, n := range types {
		if n == t {
			return name
		}
	}
	return strconv.Itoa(int(t))
}

// Writer writes a recording.
type Writer struct{ w io.Writer }

// NewWriter writes the head.
func NewWriter(w io.Writer, i input.Info) (*Writer, error) {
	var b strings.Builder
	b.WriteString("input 1\n")
	for _, t := range [][2]string{{"name", i.Name}, {"phys", i.Phys}, {"uniq", i.Uniq}} {
		if t[1] != "" {
			fmt.Fprintf(&b, "%s %s\n", t[0], strconv.QuoteToASCII(t[1]))
		}
	}
	fmt.Fprintf(&b, "id %04x %04x %04x %04x\n", i.ID.Bus, i.ID.Vendor, i.ID.Product, i.ID.Version)
	codes := make([]uint16, 0, len(i.Axes))
	for code := range i.Axes {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	for _, code := range codes {
		a := i.Axes[code]
		fmt.Fprintf(&b, "axis %d %d %d %d %d %d\n", code, a.Min, a.Max, a.Fuzz, a.Flat, a.Resolution)
	}
	for code := range uint16(8 * len(i.Keys)) {
		if i.Keys.Has(code) {
			fmt.Fprintf(&b, "keys %d\n", code)
		}
	}
	b.WriteString("begin\n")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return nil, fmt.Errorf("write recording: %w", err)
	}
	return &Writer{w}, nil
}

// Write adds events.
func (w *Writer) Write(events ...input.Event) error {
	var b []byte
	for _, e := range events {
		us := e.Time / time.Microsecond
		b = fmt.Appendf(b, "%d.%06d %s %d %d\n", us/1e6, us%1e6, typeName(e.Type), e.Code, e.Value)
	}
	if _, err := w.w.Write(b); err != nil {
		return fmt.Errorf("write recording: %w", err)
	}
	return nil
}

// lines reads lines of a bounded length and counts them.
type lines struct {
	s *bufio.Scanner
	n int
}

// next gives the words of the next line that says something.
func (l *lines) next() ([]string, string, error) {
	for l.s.Scan() {
		l.n++
		line := strings.TrimSpace(l.s.Text())
		if line != "" && line[0] != '#' {
			return strings.Fields(line), line, nil
		}
	}
	if err := l.s.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return nil, "", l.wrong("the line is too long")
		}
		return nil, "", err
	}
	return nil, "", io.EOF
}

func (l *lines) wrong(format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %s", ErrFormat, l.n, fmt.Sprintf(format, args...))
}

func (l *lines) head() (input.Info, error) {
	i := input.Info{Axes: map[uint16]input.Axis{}}
	for first := true; ; first = false {
		f, line, err := l.next()
		if errors.Is(err, io.EOF) {
			return i, l.wrong("it ends before begin")
		}
		if err != nil {
			return i, err
		}
		if first {
			if line != "input 1" {
				return i, l.wrong("want input 1")
			}
			continue
		}
		switch f[0] {
		case "begin":
			return i, nil
		case "name", "phys", "uniq":
			text, err := strconv.Unquote(strings.TrimSpace(line[4:]))
			if err != nil {
				return i, l.wrong("%s: want a text in quotes", f[0])
			}
			*map[string]*string{"name": &i.Name, "phys": &i.Phys, "uniq": &i.Uniq}[f[0]] = text
		case "id":
			v, err := l.numbers(f[1:], 4, 16)
			if err != nil {
				return i, err
			}
			i.ID = input.ID{Bus: uint16(v[0]), Vendor: uint16(v[1]), Product: uint16(v[2]), Version: uint16(v[3])}
		case "axis":
			v, err := l.numbers(f[1:], 6, 10)
			if err != nil {
				return i, err
			}
			if v[0] < 0 || v[0] > 0xFFFF {
				return i, l.wrong("there is no axis %d", v[0])
			}
			i.Axes[uint16(v[0])] = input.Axis{Min: v[1], Max: v[2], Fuzz: v[3], Flat: v[4], Resolution: v[5]}
		case "keys":
			for _, word := range f[1:] {
				code, err := l.code(input.Key, word)
				if err != nil {
					return i, err
				}
				i.Keys.Set(code, true)
			}
		default:
			return i, l.wrong("unknown word %.20q", f[0])
		}
	}
}

func (l *lines) numbers(f []string, n, base int) ([]int32, error) {
	if len(f) != n {
		return nil, l.wrong("%d numbers, want %d", len(f), n)
	}
	v := make([]int32, n)
	for i, s := range f {
		x, err := strconv.ParseInt(s, base, 32)
		if err != nil {
			return nil, l.wrong("%.20q is no number", s)
		}
		v[i] = int32(x)
	}
	return v, nil
}

func (l *lines) code(kind uint16, word string) (uint16, error) {
	n, err := strconv.ParseUint(word, 10, 16)
	if err == nil {
		return uint16(n), nil
	}
	if kind == input.Key {
		if code, err := input.KeyCode(word); err == nil {
			return code, nil
		}
	}
	return 0, l.wrong("%.20q is no code", word)
}

func (l *lines) event() (input.Event, error) {
	var e input.Event
	f, _, err := l.next()
	if err != nil {
		return e, err
	}
	if len(f) != 4 {
		return e, l.wrong("%d words, want seconds, type, code, value", len(f))
	}
	sec, usec, _ := strings.Cut(f[0], ".")
	s, errS := strconv.ParseUint(sec, 10, 32)
	us, errU := strconv.ParseUint(usec, 10, 32)
	if errS != nil || errU != nil || len(usec) != 6 {
		return e, l.wrong("%.20q is no time such as 12.345678", f[0])
	}
	e.Time = time.Duration(s)*time.Second + time.Duration(us)*time.Microsecond
	kind, ok := types[f[1]]
	if !ok {
		n, err := strconv.ParseUint(f[1], 10, 16)
		if err != nil {
			return e, l.wrong("%.20q is no type", f[1])
		}
		kind = uint16(n)
	}
	e.Type = kind
	if e.Code, err = l.code(kind, f[2]); err != nil {
		return e, err
	}
	v, err := strconv.ParseInt(f[3], 10, 32)
	if err != nil {
		return e, l.wrong("%.20q is no value", f[3])
	}
	e.Value = int32(v)
	return e, nil
}
