package main

import (
	"testing"

	"tram06/firmware/health"
	"tram06/firmware/session"
	"tram06/hal"
)

// A scanner that plays a keyboard leaves out the letters that no key has. Such
// a code opens the chip, and nobody goes on under what is left of a name.
func TestCodeThroughAKeyboard(t *testing.T) {
	const whole = "001090000638|012345678|NGUYỄN VĂN MẪU|15031990|Nam|Số 1, xã Suối Mây|01012022"
	const typed = "001090000638|012345678|NGUYN VN MU|15031990|Nam|S 1, x Sui My|01012022"
	mayGoOn := func(s hal.Scan) bool {
		ev, ok := parseScan(s).(session.Scanned)
		if !ok || ev.QR.Number != "001090000638" || ev.QR.CAN() != "000638" || ev.QR.Birth != "15/03/1990" {
			t.Fatalf("%q: the code does not open the chip", s.Data)
		}
		st := session.State{QR: &ev.QR, Attempts: 1}
		return st.MayUseQR()
	}
	if !mayGoOn(hal.Scan{Data: []byte(whole)}) {
		t.Error("a code that is whole is of no use without the chip")
	}
	if mayGoOn(hal.Scan{Data: []byte(typed), Lossy: true}) {
		t.Error("somebody goes on under the name NGUYN VN MU")
	}
	for text, want := range map[string]health.Code{"https://example.vn": health.ScanNotCard, "\xff\x01": health.ScanGarbage} {
		if ev := parseScan(hal.Scan{Data: []byte(text), Lossy: true}); ev != (session.ScanRejected{Code: want}) {
			t.Errorf("%q: %+v", text, ev)
		}
	}
}
