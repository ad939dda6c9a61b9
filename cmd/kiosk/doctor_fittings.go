package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tram06/firmware/doctor"
	"tram06/firmware/health"
	"tram06/hal"
)

// testTouch lets a person touch the whole panel, drawing a trace.
func (d *consultation) testTouch(ctx context.Context) doctor.Finding {
	d.ask("Chạm và kéo ngón tay qua mọi ô trên màn hình; giữ nút Xong để dừng.", "Touch and draw over every tile of the screen; hold Done to end.")
	r, err := d.touch(ctx, touchOptions{Board: *d.board, Timeout: d.flags.tests.wait, now: d.now,
		Say: func(format string, args ...any) { fmt.Fprintf(d.errs, format+"\n", args...) }})
	if err != nil {
		return d.lang.Found("touch", testName, health.TouchGone, err.Error())
	}
	details := map[string]string{"tiles": fmt.Sprint(r.Cells), "touched": fmt.Sprint(r.Hit), "touches": fmt.Sprint(r.Touches),
		"events_per_second": fmt.Sprint(r.PerSecond), "worst_gap_mm": fmt.Sprint(r.GapMM)}
	var f doctor.Finding
	switch {
	case r.Passed:
		f = d.lang.Fine("touch", testName, d.lang.Say("cả %d ô đều nhận chạm", "all %d tiles answer", r.Cells))
	case r.Touches == 0:
		f = d.unanswered("touch")
	default:
		f = d.lang.Found("touch", testName, health.TouchGone, d.lang.Say("%d trên %d ô không nhận chạm", "%d of %d tiles do not answer", r.Cells-r.Hit, r.Cells))
	}
	f.Details = details
	return f
}

// quietKeys is the pause after which nobody presses any more keys.
const quietKeys = 8 * time.Second

// testKeypad shows each key that was pressed.
func (d *consultation) testKeypad(ctx context.Context) doctor.Finding {
	return using(ctx, d, "keypad", health.KeypadGone, func(k hal.Keypad) doctor.Finding {
		d.ask("Bấm lần lượt từng phím; ngừng bấm khi đã đủ.", "Press each key in turn; stop when all were pressed.")
		within, cancel := context.WithTimeout(ctx, d.flags.tests.wait)
		defer cancel()
		var came []string
		for {
			wait, stop := within, context.CancelFunc(func() {})
			if len(came) > 0 {
				wait, stop = context.WithTimeout(within, min(quietKeys, d.flags.tests.wait))
			}
			p, err := k.Next(wait)
			stop()
			if errors.Is(err, context.DeadlineExceeded) {
				break
			}
			if err != nil {
				return d.lang.Found("keypad", testName, health.KeypadGone, err.Error())
			}
			if name := keyName(p.Button); !slices.Contains(came, name) {
				came = append(came, name)
				fmt.Fprintf(d.errs, "  %s\n", name)
			}
		}
		if len(came) == 0 {
			return d.unanswered("keypad")
		}
		text := strings.Join(came, " ")
		f := d.seen("keypad", d.answer(ctx, "Mọi phím đã bấm đều hiện ra chứ?", "Was every key that you pressed shown?"),
			health.KeypadGone, text, text+d.lang.Say("; có phím không nhận", "; some keys do not answer"))
		f.Details = map[string]string{"keys": text}
		return f
	})
}

// keyName names digits too: here nobody types anything secret.
func keyName(b hal.Button) string {
	if b >= hal.ButtonDigit0 && b <= hal.ButtonDigit0+9 {
		return fmt.Sprint(int(b - hal.ButtonDigit0))
	}
	return b.String()
}

// testLamps lights each lamp in turn.
func (d *consultation) testLamps(ctx context.Context) doctor.Finding {
	return using(ctx, d, "lamps", health.LampsGone, func(l hal.Lamps) doctor.Finding {
		var shone, dark []string
		for _, name := range l.Names() {
			if err := l.Set(name, hal.Invite); err != nil {
				return d.lang.Found("lamps", testName, health.LampsGone, err.Error())
			}
			r := d.answer(ctx, "Đèn “"+name+"” có nhấp nháy không?", "Does the lamp “"+name+"” blink?")
			if err := l.Set(name, hal.Dark); err != nil {
				return d.lang.Found("lamps", testName, health.LampsGone, err.Error())
			}
			switch r {
			case answeredYes:
				shone = append(shone, name)
			case answeredNo:
				dark = append(dark, name)
			case unanswered:
				return d.unanswered("lamps")
			}
		}
		if len(dark) > 0 {
			return d.lang.Found("lamps", testName, health.LampsGone, d.lang.Say("không sáng: %s", "dark: %s", strings.Join(dark, ", ")))
		}
		return d.lang.Fine("lamps", testName, d.lang.Say("đều sáng: %s", "all shine: %s", strings.Join(shone, ", ")))
	})
}

// The tone of the tests: an a', which small loudspeakers can do.
const (
	toneHertz = 880
	toneTime  = 700 * time.Millisecond
	toneRate  = 22050
)

func (d *consultation) testBuzzer(ctx context.Context) doctor.Finding {
	return using(ctx, d, "buzzer", health.BuzzerGone, func(b hal.Buzzer) doctor.Finding {
		if err := b.Beep(ctx, toneHertz, toneTime); err != nil {
			return d.lang.Found("buzzer", testName, health.BuzzerGone, err.Error())
		}
		return d.seen("buzzer", d.answer(ctx, "Có nghe tiếng còi không?", "Did you hear the buzzer?"),
			health.BuzzerGone, d.lang.Say("nghe được", "was heard"), d.lang.Say("không nghe được", "was not heard"))
	})
}

func (d *consultation) testSound(ctx context.Context) doctor.Finding {
	return using(ctx, d, "sound", health.SoundGone, func(s hal.Sound) doctor.Finding {
		if err := s.Play(ctx, tone(), toneRate); err != nil {
			return d.lang.Found("sound", testName, health.SoundGone, err.Error())
		}
		return d.seen("sound", d.answer(ctx, "Có nghe tiếng từ loa không?", "Did you hear the loudspeaker?"),
			health.SoundGone, d.lang.Say("nghe được", "was heard"), d.lang.Say("không nghe được", "was not heard"))
	})
}

// tone swells and fades, so that it does not click.
func tone() []int16 {
	n := int(toneTime.Seconds() * toneRate)
	samples := make([]int16, n)
	for i := range samples {
		swell := math.Sin(math.Pi * float64(i) / float64(n))
		samples[i] = int16(8000 * swell * math.Sin(2*math.Pi*toneHertz*float64(i)/toneRate))
	}
	return samples
}
