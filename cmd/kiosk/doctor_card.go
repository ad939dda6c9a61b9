package main

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"tram06/firmware/cccd"
	"tram06/firmware/doctor"
	"tram06/firmware/health"
	"tram06/hal"
)

// testCard asks for a card and sees whether it answers, or with --can whether it
// opens and what is proven. Nothing of whom it is leaves this function.
func (d *consultation) testCard(ctx context.Context) doctor.Finding {
	got := &reading{}
	r := cardRead{
		surroundings: surroundings{registry: d.registry(*d.board), now: d.now, rand: d.rand, poll: 500 * time.Millisecond, patience: 2 * time.Second},
		flags:        readFlags{timeout: d.flags.tests.wait}, hints: d.errs,
	}
	d.ask("Đặt một thẻ căn cước lên đầu đọc.", "Lay an ID card on the reader.")
	reader, card, err := r.await(ctx, got, d.uri("reader"))
	if err != nil {
		v := judge(&reading{err: err, reader: got.reader})
		if v.code == codeNoCard {
			return d.unanswered("reader")
		}
		return d.lang.Found("reader", testName, health.ReaderGone, err.Error())
	}
	defer reader.Close()
	defer card.Release()
	details := map[string]string{"atr": hex.EncodeToString(card.ATR())}
	can := d.flags.tests.can
	got.keyless = can == ""
	got.result, got.err = cccd.Read(ctx, card, cccd.Access{CAN: can}, cccd.Options{Rand: d.rand, Now: d.now, Thorough: true})
	defer got.result.Person.Portrait.Wipe()
	rep := got.result.Report
	details["apdus"], details["bytes"] = strconv.Itoa(rep.APDUs), strconv.Itoa(rep.Sent+rep.Received)
	details["access"], details["ms"] = rep.Access, strconv.FormatInt(rep.Total().Milliseconds(), 10)
	var f doctor.Finding
	switch v := judge(got); {
	case v.err == nil:
		f = d.lang.Fine("reader", testName, d.lang.Say("đọc được thẻ sau %s: %s", "the card was read in %s: %s", rep.Total().Round(time.Millisecond), accessText(rep)))
	case got.keyless && errors.Is(got.err, cccd.ErrAccess):
		f = d.lang.Fine("reader", testName, d.lang.Say("thẻ trả lời (%d lệnh); mở chip thì thêm --can", "the card answers (%d commands); --can opens its chip", rep.APDUs))
	default:
		code := health.Code(v.code)
		if _, ok := health.Lookup(code); !ok {
			code = health.ChipError
		}
		f = d.lang.Found("reader", testName, code, v.err.Error())
		// To a citizen a card of the wrong kind is no fault; a test that was to
		// read one has failed.
		if f.State == doctor.Info {
			f.State = doctor.Warn
		}
	}
	f.Details = details
	return f
}

// testScan asks for a code and says of which kind it was. What is in it is shown
// only if it cannot be somebody's.
func (d *consultation) testScan(ctx context.Context) doctor.Finding {
	return using(ctx, d, "scanner", health.ScannerGone, func(s hal.Scanner) doctor.Finding {
		s.Arm(true)
		defer s.Arm(false)
		d.ask("Đưa một mã QR vào trước máy quét.", "Hold a QR code in front of the scanner.")
		within, cancel := context.WithTimeout(ctx, d.flags.tests.wait)
		defer cancel()
		scan, err := s.Next(within)
		switch {
		case errors.Is(err, hal.ErrOverlong):
			return d.lang.Found("scanner", testName, health.ScanGarbage, d.lang.Say("mã dài quá mức", "more than a code can hold"))
		case errors.Is(err, context.DeadlineExceeded):
			return d.unanswered("scanner")
		case err != nil:
			return d.lang.Found("scanner", testName, health.ScannerGone, err.Error())
		}
		defer clear(scan.Data)
		f := d.scanned(scan)
		f.Details = map[string]string{"bytes": strconv.Itoa(len(scan.Data)), "lossy": strconv.FormatBool(scan.Lossy)}
		return f
	})
}

func (d *consultation) scanned(scan hal.Scan) doctor.Finding {
	n := len(scan.Data)
	lossy := ""
	if scan.Lossy {
		lossy = d.lang.Say("; kiểu bàn phím, mất dấu", "; as a keyboard, without diacritics")
	}
	_, err := cccd.ParseQR(scan.Data)
	switch {
	case err == nil:
		return d.lang.Fine("scanner", testName, d.lang.Say("mã của thẻ căn cước, %d byte%s (không hiện nội dung)", "the code of an ID card, %d bytes%s (not shown)", n, lossy))
	case errors.Is(err, cccd.ErrGarbage) || !utf8.Valid(scan.Data):
		return d.lang.Found("scanner", testName, health.ScanGarbage, d.lang.Say("%d byte không đọc được thành chữ%s", "%d bytes that are no text%s", n, lossy))
	}
	text := string(scan.Data)
	if !harmless(text) {
		return d.lang.Fine("scanner", testName, d.lang.Say("mã khác, %d byte%s (không hiện nội dung)", "another code, %d bytes%s (not shown)", n, lossy))
	}
	return d.lang.Fine("scanner", testName, d.lang.Say("mã khác, %d byte%s: %q", "another code, %d bytes%s: %q", n, lossy, text))
}

// harmless tells a text that is nobody's: short, and without the digits of a
// number that people have.
func harmless(text string) bool {
	const longest = 80
	if utf8.RuneCountInString(text) > longest || strings.ContainsFunc(text, unicode.IsControl) {
		return false
	}
	run := 0
	for _, r := range text {
		switch {
		case unicode.IsDigit(r):
			if run++; run >= 9 {
				return false
			}
		case unicode.IsLetter(r):
			run = 0
		}
	}
	return true
}
