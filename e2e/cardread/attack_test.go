package cardread

import (
	"crypto/rand"
	"testing"
	"time"

	"tram06/devdock/people"
)

// The whole way once for each kind of verdict; which personality and attack
// leads to which is tried without a daemon beside the command.
func TestVerdictsOnARealDaemon(t *testing.T) {
	a, err := people.NewAuthority(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	type wanted struct {
		exit        int
		code        string
		chain, chip string
	}
	tests := map[string]wanted{
		"mau-card-2021":      {0, "", "trusted", "genuine"},
		"mau-no-proof":       {0, "", "trusted", "absent"},
		"mau-foreign-signer": {0, "", "unknown", "genuine"},
		"mau-clone-ca":       {3, "THE-115", "trusted", "clone"},
		"mau-revoked-signer": {3, "THE-114", "revoked", "genuine"},
		"mau-expired-signer": {3, "THE-113", "expired", "genuine"},
		"mau-forged-signer":  {3, "THE-112", "failed", "genuine"},
		"mau-downgrade-bac":  {3, "THE-116", "trusted", "genuine"},
		"mau-replay":         {1, "THE-103", "null", "null"},
	}
	for key, want := range tests {
		t.Run(key, func(t *testing.T) {
			card, ok := people.CardByKey(key)
			if !ok {
				t.Fatal("no such card")
			}
			chip, err := card.Chip(a, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			trust := t.TempDir()
			if err := people.Publish(a, trust, time.Now()); err != nil {
				t.Fatal(err)
			}
			slot, lift := lay(t, daemon.Addr, chip)
			defer lift()
			c := start(t, "", "--qr", card.Citizen.QR(), "--reader", "00 00", "--trust", trust, "--json")
			exit := c.Ends()
			got := c.answer()
			code := ""
			if got.Error != nil {
				code = got.Error.Code
			}
			if (wanted{exit, code, word(got.Proofs.Chain), word(got.Proofs.Chip)}) != want || got.APDUs != slot.APDUs() {
				t.Errorf("exit %d, the chip saw %d commands, want %+v: %s%q", exit, slot.APDUs(), want, c.Out.String(), c.Said)
			}
		})
	}
}
