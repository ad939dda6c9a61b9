package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/keys"
)

// keyFlags are what can open a chip.
type keyFlags struct {
	can string
	mrz []string
	qr  string
}

func (f *keyFlags) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.can, "can", "", "the card access number: the last six digits of the personal number")
	cmd.Flags().StringArrayVar(&f.mrz, "mrz", nil, `NUMBER/BIRTH/EXPIRY (dates YYMMDD, ddmmyyyy or dd/mm/yyyy), or the printed lines: one value, or a flag for each; "-" reads them from the standard input`)
	cmd.Flags().StringVar(&f.qr, "qr", "", `the text of the code on the card; "-" reads it from the standard input`)
}

// stdin stands for a value that shall not be in the list of processes and in
// the shell's history.
const stdin = "-"

// maxInput is more than any of the values needs.
const maxInput = 8 << 10

// access turns the flags into a key. No error repeats what was typed: it is
// personal.
func (f keyFlags) access(in io.Reader) (cccd.Access, error) {
	given := 0
	for _, is := range []bool{f.can != "", len(f.mrz) > 0, f.qr != ""} {
		if is {
			given++
		}
	}
	switch {
	case given == 0:
		return cccd.Access{}, nil // reader and card can be tried all the same
	case given > 1:
		return cccd.Access{}, usageError{errors.New("one of --can, --mrz and --qr is enough")}
	case f.can != "":
		return canAccess(f.can)
	}
	text := f.qr
	if len(f.mrz) > 0 {
		text = strings.Join(f.mrz, "\n")
	}
	if text == stdin {
		b, err := io.ReadAll(io.LimitReader(in, maxInput))
		if err != nil {
			return cccd.Access{}, fmt.Errorf("standard input: %w", err)
		}
		text = string(b)
	}
	if len(f.mrz) > 0 {
		return mrzAccess(text)
	}
	q, err := cccd.ParseQR([]byte(text))
	if err != nil {
		return cccd.Access{}, usageError{fmt.Errorf("--qr: %w", err)}
	}
	return cccd.Access{QR: &q}, nil
}

func canAccess(can string) (cccd.Access, error) {
	can = strings.Join(strings.Fields(can), "")
	if len(can) != 6 || !onlyDigits(can) {
		return cccd.Access{}, usageError{errors.New("--can: want six digits, the last of the number on the card")}
	}
	return cccd.Access{CAN: can}, nil
}

func mrzAccess(text string) (cccd.Access, error) {
	switch parts := strings.Split(strings.TrimSpace(text), "/"); len(parts) {
	case 3:
		return mrzParts(parts[0], parts[1], parts[2])
	case 7: // dates as they are printed on the card
		return mrzParts(parts[0], strings.Join(parts[1:4], ""), strings.Join(parts[4:], ""))
	}
	info, err := cccd.MRZInformation(text)
	if err != nil {
		return cccd.Access{}, usageError{fmt.Errorf("--mrz: want NUMBER/BIRTH/EXPIRY, or all printed lines (three of 30 characters, two of 36 or 44): %w", err)}
	}
	return cccd.Access{MRZ: info}, nil
}

// mrzParts is for those who type three values. The document number of a card
// is the end of the personal number, which is what people know.
func mrzParts(number, birth, expiry string) (cccd.Access, error) {
	number = strings.ToUpper(strings.Join(strings.Fields(number), ""))
	if len(number) == 12 && onlyDigits(number) {
		number = number[3:]
	}
	birth, born, okBirth := sixDigits(birth)
	expiry, expires, okExpiry := sixDigits(expiry)
	switch {
	case !okBirth || !okExpiry:
		return cccd.Access{}, usageError{errors.New("--mrz: want dates as YYMMDD, ddmmyyyy or dd/mm/yyyy")}
	case !born.IsZero() && !expires.IsZero() && expires.Before(born):
		return cccd.Access{}, usageError{errors.New("--mrz: the card would expire before the birth: want NUMBER/BIRTH/EXPIRY")}
	}
	info, err := keys.MRZInformation(number, birth, expiry)
	if err != nil {
		return cccd.Access{}, usageError{errors.New("--mrz: want NUMBER/BIRTH/EXPIRY, the number of digits and letters")}
	}
	return cccd.Access{MRZ: info}, nil
}

// sixDigits writes a date as the zone has it: YYMMDD. The day itself is known
// only if the century was given.
func sixDigits(s string) (string, time.Time, bool) {
	s = strings.NewReplacer("-", "", ".", "", " ", "").Replace(s)
	if len(s) == 6 && onlyDigits(s) {
		return s, time.Time{}, true
	}
	d, err := time.Parse("02012006", s)
	return d.Format("060102"), d, err == nil
}

func onlyDigits(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
