package world

import (
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	"tram06/devdock/web"
	"tram06/firmware/config"
	"tram06/hal/gpio/sim"
)

// The chip of the terminal's board, and what is soldered to its lines.
const (
	chipLabel = "pinctrl-sim"
	chipLines = 32

	lineReader   = 4
	lineScanner  = 5
	linePrinter  = 6
	lineStatus   = 7
	lineFan      = 14
	lineTach     = 15
	lineBuzzer   = 18
	lineDoor     = 22
	lineTamper   = 23
	linePresence = 24
)

// turn is how often the fan's tachometer makes a pulse: 300 turns a minute is
// slow, but each pulse is a message to the kiosk.
const turn = 200 * time.Millisecond

// lampLines are the lamps in the order of the page.
var lampLines = []struct {
	id, text string
	line     int
}{
	{"reader", "Reader", lineReader}, {"scanner", "Scanner", lineScanner}, {"printer", "Printer", linePrinter}, {"status", "Status", lineStatus},
}

// contactLines are the contacts. Those of door and case are closed to ground
// while all is well, so that a torn wire tells of itself.
var contactLines = []struct {
	id, text string
	line     int
}{
	{"door", "Service door open", lineDoor}, {"tamper", "Case opened", lineTamper}, {"presence", "Somebody stands there", linePresence},
}

// board is what hangs on the wires of the terminal's board. Its own lock comes
// after the chip's, which calls it with every change, and after the world's.
type board struct {
	chip *sim.Chip
	addr string
	said func(string)

	mu       sync.Mutex
	level    [chipLines]bool
	sounding time.Time // when the buzzer began
	blocked  bool      // the fan
	out      bool      // unplugged
	fan      chan struct{}
}

// newBoard makes a board and shows it to the kiosk until ln is closed. changed
// is told of every wire that changes, said of what is heard.
func newBoard(ln net.Listener, changed func(), said func(string), log func(string, ...any)) *board {
	m := sim.New()
	b := &board{chip: m.Add(chipLabel, chipLines), addr: ln.Addr().String(), said: said, fan: make(chan struct{}, 1)}
	for _, c := range contactLines {
		b.chip.Drive(c.line, false)
	}
	b.chip.Drive(lineTach, true)
	b.chip.OnChange(func(line int, high bool) {
		if b.moved(line, high) {
			changed()
		}
	})
	go func() {
		if err := sim.Serve(ln, m); err != nil {
			log("simulated board: %v", err)
		}
	}()
	return b
}

// moved notes a wire's level, and tells whether the page shows it.
func (b *board) moved(line int, high bool) bool {
	heard := ""
	b.mu.Lock()
	b.level[line] = high
	switch {
	case line == lineFan:
		select {
		case b.fan <- struct{}{}:
		default:
		}
	case line == lineBuzzer && high:
		b.sounding = time.Now()
	case line == lineBuzzer && !b.sounding.IsZero():
		heard = fmt.Sprintf("buzzer, %d ms", time.Since(b.sounding).Round(10*time.Millisecond).Milliseconds())
		b.sounding = time.Time{}
	}
	b.mu.Unlock()
	if heard != "" {
		b.said(heard)
	}
	return line != lineTach
}

// high tells a wire's level.
func (b *board) high(line int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.level[line]
}

// turning turns the fan until stop is closed.
func (b *board) turning(stop <-chan struct{}) {
	tick := time.NewTicker(turn / 2)
	defer tick.Stop()
	for high := true; ; {
		b.mu.Lock()
		turns := b.level[lineFan] && !b.blocked && !b.out
		b.mu.Unlock()
		pulse := tick.C
		if !turns {
			pulse = nil
		}
		select {
		case <-stop:
			return
		case <-b.fan:
		case <-pulse:
			high = !high
			b.chip.Drive(lineTach, high)
		}
	}
}

// block holds the fan's blades, or lets go of them.
func (b *board) block() {
	b.mu.Lock()
	b.blocked = !b.blocked
	b.mu.Unlock()
	select {
	case b.fan <- struct{}{}:
	default:
	}
}

// pull takes the board's plug out, or puts it back.
func (b *board) pull() {
	b.mu.Lock()
	b.out = !b.out
	out := b.out
	if out {
		// No current, no light.
		for _, l := range lampLines {
			b.level[l.line] = false
		}
		b.level[lineFan], b.level[lineBuzzer], b.sounding = false, false, time.Time{}
	}
	b.mu.Unlock()
	if out {
		b.chip.Unplug()
		return
	}
	b.chip.Plug()
	select {
	case b.fan <- struct{}{}:
	default:
	}
}

func (b *board) unplugged() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.out
}

func (b *board) fanTurns() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.level[lineFan] && !b.blocked && !b.out
}

func (b *board) lamps() (out []web.Choice) {
	for _, l := range lampLines {
		out = append(out, web.Choice{ID: l.id, Text: l.text, On: b.high(l.line)})
	}
	return out
}

func (b *board) contacts() (out []web.Choice) {
	for _, c := range contactLines {
		out = append(out, web.Choice{ID: c.id, Text: c.text, On: b.high(c.line)})
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return append(out, web.Choice{ID: fanBlades, Text: "Fan blocked", On: b.blocked})
}

// fanBlades is what can be held of the fan.
const fanBlades = "fan"

// fittings are the board's, and the files', as a board file names them.
func (b *board) fittings(files string) []config.Fitted {
	uri := func(kind, line, query string) config.Device {
		return config.Device("sim+" + kind + "://" + b.addr + "/" + line + query)
	}
	line := func(n int) string { return fmt.Sprintf("%s/%d", chipLabel, n) }
	lamps := ""
	for i, l := range lampLines {
		lamps += map[bool]string{true: "?", false: "&"}[i == 0] + l.id + "=" + line(l.line)
	}
	root := "?root=" + url.QueryEscape(files)
	return []config.Fitted{
		{Name: "lamps", URI: uri("lamps", "", lamps)},
		{Name: "buzzer", URI: uri("buzzer", line(lineBuzzer), "")},
		{Name: "door", URI: uri("switch", line(lineDoor), "?pull=up")},
		{Name: "tamper", URI: uri("switch", line(lineTamper), "?pull=up")},
		{Name: "presence", URI: uri("switch", line(linePresence), "?pull=down")},
		{Name: "fan", URI: uri("fan", line(lineFan), fmt.Sprintf("?tach=%s&pulses=1", line(lineTach)))},
		{Name: "backlight", URI: config.Device("sim+backlight:///" + panelName + root)},
		{Name: "thermometer", URI: config.Device("sim+thermometer:///" + root)},
	}
}
