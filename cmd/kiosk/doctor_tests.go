package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/doctor"
	"tram06/firmware/health"
	"tram06/hal"
)

// testFlags ask for tests in which a person takes part.
type testFlags struct {
	print, card, scan, touch, keypad, lamps, sound, all bool
	printTo, can                                        string
	dots                                                int
	wait                                                time.Duration
}

func (f *testFlags) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.print, "print", false, "print a test page: rulers, greys, letters, a code")
	cmd.Flags().StringVar(&f.printTo, "print-to", "", "write the test page to this file as PNG, without a printer")
	cmd.Flags().IntVar(&f.dots, "dots", commonDots, "with --print-to: width of the page; 384 for paper of 58 mm")
	cmd.Flags().BoolVar(&f.card, "card", false, "ask for a card and see whether it answers; nothing personal is read")
	cmd.Flags().StringVar(&f.can, "can", "", "with --card: the last six digits of the number on the card, to open its chip")
	cmd.Flags().BoolVar(&f.scan, "scan", false, "ask for a code and say what it was, without what is in it")
	cmd.Flags().BoolVar(&f.touch, "touch", false, "show where the panel is touched")
	cmd.Flags().BoolVar(&f.keypad, "keypad", false, "ask for each key of the keypad")
	cmd.Flags().BoolVar(&f.lamps, "lamps", false, "light each lamp in turn, and ask whether it shone")
	cmd.Flags().BoolVar(&f.sound, "sound", false, "beep and play a tone, and ask whether it was heard")
	cmd.Flags().BoolVar(&f.all, "all-tests", false, "all of these, as far as the board has the devices")
	cmd.Flags().DurationVar(&f.wait, "wait", time.Minute, "how long a test waits for the person")
}

func (f *testFlags) check() error {
	if f.can != "" && !f.card && !f.all {
		return usageError{errors.New("--can opens the chip of --card: say --card as well")}
	}
	if f.wait <= 0 || f.wait > 10*time.Minute {
		return usageError{fmt.Errorf("--wait %v: want a time up to 10m", f.wait)}
	}
	return nil
}

// any tells whether a test was asked for.
func (f *testFlags) any() bool {
	return f.print || f.printTo != "" || f.card || f.scan || f.touch || f.keypad || f.lamps || f.sound || f.all
}

// testName is the name of the findings of a test in which a person takes part.
const testName = "test"

// trial is one such test.
type trial struct {
	part   string // whose device it tries
	wanted bool
	run    func(context.Context) doctor.Finding
}

// test runs the tests that were asked for, one after the other.
func (d *consultation) test(ctx context.Context) []doctor.Finding {
	f := d.flags.tests
	var all []doctor.Finding
	for _, t := range []trial{
		{"reader", f.card, d.testCard},
		{"scanner", f.scan, d.testScan},
		{"printer", f.print, d.testPrint},
		{"touch", f.touch, d.testTouch},
		{"keypad", f.keypad, d.testKeypad},
		{"lamps", f.lamps, d.testLamps},
		{"buzzer", f.sound, d.testBuzzer},
		{"sound", f.sound, d.testSound},
	} {
		if t.wanted || f.all {
			all = append(all, d.tried(ctx, t))
		}
	}
	return all
}

// tried runs one test, if it can be.
func (d *consultation) tried(ctx context.Context, t trial) doctor.Finding {
	began := time.Now()
	var f doctor.Finding
	switch uri := d.uri(t.part); {
	case ctx.Err() != nil:
		f = d.lang.Left(t.part, testName, d.lang.Say("bị ngừng giữa chừng", "called off"))
	case uri == "":
		f = d.lang.Left(t.part, testName, d.lang.Say("bo mạch không có", "the board has none"))
	case d.running:
		f = d.lang.Left(t.part, testName, d.lang.Say("kiosk đang chạy giữ thiết bị: dừng kiosk rồi thử", "held by the running kiosk: stop it first"))
	default:
		f = t.run(ctx)
	}
	if ctx.Err() != nil {
		f = d.lang.Left(t.part, testName, d.lang.Say("bị ngừng giữa chừng", "called off"))
	}
	f.Took = time.Since(began)
	return f
}

// uri is the device's address on this board, "" if it has none.
func (d *consultation) uri(part string) string {
	if d.board == nil {
		return ""
	}
	for _, x := range d.board.Devices.All() {
		if x.Name == part {
			return string(x.URI)
		}
	}
	return ""
}

// using opens a device of the board for a test, and closes it after it. gone is
// its condition when it does not open.
func using[T hal.Device](ctx context.Context, d *consultation, part string, gone health.Code, test func(T) doctor.Finding) doctor.Finding {
	registry := d.registry(*d.board)
	uri := d.uri(part)
	if scheme, _, _ := strings.Cut(uri, ":"); registry[scheme] == nil {
		return d.lang.Left(part, testName, d.lang.Say("chương trình này không có trình điều khiển %s", "this program has no driver for %s", scheme))
	}
	within, cancel := context.WithTimeout(ctx, d.flags.limit)
	dev, err := doctor.Open[T](within, registry, uri)
	cancel()
	if err != nil {
		return d.lang.Found(part, testName, gone, err.Error())
	}
	defer dev.Close()
	return test(dev)
}

// seen turns a person's answer into a finding: wrong is the condition of what
// was not as it should be.
func (d *consultation) seen(part string, r reply, wrong health.Code, good, bad string) doctor.Finding {
	switch r {
	case answeredYes:
		return d.lang.Fine(part, testName, good)
	case answeredNo:
		return d.lang.Found(part, testName, wrong, bad)
	}
	return d.unanswered(part)
}

func (d *consultation) unanswered(part string) doctor.Finding {
	return d.lang.Left(part, testName, d.lang.Say("không ai trả lời trong %s", "nobody answered within %s", d.flags.tests.wait))
}
