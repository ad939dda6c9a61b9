package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"tram06/firmware/health"
	"tram06/hal"
)

// probe asks an opened device whatever it can tell without a person, and gives
// a sentence if all is well. What is not is added as a finding.
func (l *look) probe(ctx context.Context, d hal.Device) string {
	switch d := d.(type) {
	case hal.CardReader:
		return l.reader(d)
	case hal.Printer:
		return l.printer(d)
	case hal.Lamps:
		l.details["lamps"] = strings.Join(d.Names(), " ")
		return l.Say("mở được: %s; sáng hay không thì thử bằng --lamps", "open: %s; whether they shine is tried by --lamps", strings.Join(d.Names(), ", "))
	case hal.Switch:
		return l.contact(d)
	case hal.Backlight:
		return l.backlight(d)
	case hal.Thermometer:
		return l.thermometer(d)
	case hal.Fan:
		return l.fan(ctx, d)
	case hal.Clock:
		return l.clock(d)
	case hal.Scanner:
		return l.Say("mở được; đọc mã thì thử bằng --scan", "open; whether it reads is tried by --scan")
	case hal.TouchScreen:
		l.step(stepAnswers, true) // the kernel described it
		return l.Say("mở được; chạm thì thử bằng --touch", "open; touching is tried by --touch")
	case hal.Keypad:
		l.step(stepAnswers, true)
		return l.Say("mở được; bấm thì thử bằng --keypad", "open; its keys are tried by --keypad")
	case hal.Buzzer, hal.Sound:
		return l.Say("mở được; nghe thì thử bằng --sound", "open; whether it is heard is tried by --sound")
	}
	return l.Say("mở được", "open")
}

func (l *look) reader(d hal.CardReader) string {
	l.step(stepAnswers, d.Health().State != hal.Absent)
	if d.Present() {
		l.details["card"] = "present"
		return l.Say("trả lời, có thẻ đang nằm trên", "answers, a card lies on it")
	}
	l.details["card"] = no
	return l.Say("trả lời, không có thẻ", "answers, no card on it")
}

// printer: its state was asked for when it was opened.
func (l *look) printer(d hal.Printer) string {
	width, dpi := d.Dots()
	l.details["dots"], l.details["dpi"] = fmt.Sprint(width), fmt.Sprint(dpi)
	h := d.Health()
	if h.Key != hal.KeyPrinterUnknown {
		l.step(stepAnswers, true)
		// Paper, cover, cutter and heat are what it tests by itself.
		l.step(stepSelfTest, h.State == hal.Ready || h.State == hal.Degraded)
	} else {
		l.step(stepAnswers, false)
	}
	return l.Say("trả lời, có giấy, nắp đóng; %d điểm", "answers, has paper, cover closed; %d dots", width)
}

func (l *look) contact(d hal.Switch) string {
	l.step(stepAnswers, true)
	on := d.On()
	l.details["on"] = fmt.Sprint(on)
	switch {
	case l.part() == "door" && on:
		l.add(l.Found(l.part(), "", health.DoorOpen, l.Say("cửa đang mở", "the door is open")))
	case l.part() == "tamper" && on:
		l.add(l.Found(l.part(), "", health.Tampered, l.Say("vỏ máy đang mở", "the case is open")))
	case l.part() == "presence" && on:
		return l.Say("có người đứng trước máy", "somebody stands there")
	case l.part() == "presence":
		return l.Say("không có người", "nobody stands there")
	}
	return l.Say("đóng", "closed")
}

// backlight sets the level that it has: it takes it, and nobody sees anything.
func (l *look) backlight(d hal.Backlight) string {
	level, err := d.Level()
	l.step(stepAnswers, err == nil)
	if err != nil {
		l.add(l.Found(l.part(), "", health.BacklightGone, err.Error()))
		return ""
	}
	l.details["level"] = fmt.Sprint(level)
	if !l.Running {
		err := d.SetLevel(level)
		l.step(stepSelfTest, err == nil)
		if err != nil {
			l.add(l.Found(l.part(), "", health.BacklightGone, l.Say("không chỉnh được độ sáng: %v", "its level cannot be set: %v", err)))
			return ""
		}
	}
	return l.Say("độ sáng %d%%", "level %d%%", level)
}

func (l *look) thermometer(d hal.Thermometer) string {
	places, err := d.Read()
	l.step(stepAnswers, err == nil)
	if err != nil {
		l.add(l.Found(l.part(), "", health.ThermometerGone, err.Error()))
		return ""
	}
	l.details["places"] = fmt.Sprint(len(places))
	return l.Say("%d cảm biến trả lời", "%d sensors answer", len(places))
}

// The fan is driven at full speed for as long as it takes to begin turning.
const (
	fanStarts = 4 * time.Second
	fanLook   = 100 * time.Millisecond
)

func (l *look) fan(ctx context.Context, d hal.Fan) string {
	rpm, err := d.RPM()
	if errors.Is(err, hal.ErrUnsupported) {
		return l.Say("điều khiển được; quạt không báo số vòng", "can be driven; it does not tell its speed")
	}
	l.step(stepAnswers, err == nil)
	if err == nil {
		err = d.SetSpeed(100)
	}
	if err != nil {
		l.add(l.Found(l.part(), "", health.FanGone, err.Error()))
		return ""
	}
	within, cancel := context.WithTimeout(ctx, fanStarts)
	defer cancel()
	tick := time.NewTicker(fanLook)
	defer tick.Stop()
	for rpm == 0 && err == nil && within.Err() == nil {
		select {
		case <-tick.C:
			rpm, err = d.RPM()
		case <-within.Done():
		}
	}
	l.details["rpm"] = fmt.Sprint(rpm)
	l.step(stepSelfTest, rpm > 0)
	if rpm == 0 {
		l.add(l.Found(l.part(), "", health.FanStalled, l.Say("được lệnh quay hết cỡ mà đứng yên", "told to turn at full speed, and stands still")))
		return ""
	}
	return l.Say("quay %d vòng/phút", "turns, %d rpm", rpm)
}

// maxDifference between the clock with a battery and the system's is more than
// such a clock drifts in a month.
const maxDifference = 5 * time.Minute

func (l *look) clock(d hal.Clock) string {
	at, err := d.Read()
	l.step(stepAnswers, err == nil || errors.Is(err, hal.ErrFault))
	if err != nil {
		if h := d.Health(); h.State == hal.Ready { // else its health says it better
			l.add(l.Found(l.part(), "", health.ClockGone, err.Error()))
		}
		return ""
	}
	off := at.Sub(l.System.Now()).Round(time.Second)
	l.details["offset_s"] = fmt.Sprint(int(off.Seconds()))
	l.step(stepSelfTest, off.Abs() <= maxDifference)
	if off.Abs() > maxDifference {
		l.add(l.Found(l.part(), "", health.ClockDiffers, l.Say("lệch giờ máy %s", "%s off the system’s time", off)))
		return ""
	}
	return l.Say("trả lời, lệch giờ máy %s", "has the time, %s off the system’s", off)
}
