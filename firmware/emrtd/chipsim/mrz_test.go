package chipsim

import (
	"strings"
	"testing"
)

// The examples of Doc 9303-11 appendix D.2 (TD2) and D.3 (TD1), with the long
// number of the former, and the specimen of Doc 9303-4.
func TestMRZInformation(t *testing.T) {
	for name, tt := range map[string]struct{ mrz, want string }{
		"TD2 with a long number": {"I<UTOSTEVENSON<<PETER<<<<<<<<<<<<<<<D23145890<UTO3407127M95071227349<<<8", "D23145890734934071279507122"},
		"TD2":                    {"I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<L898902C<3UTO6908061F9406236<<<<<<<8", "L898902C<369080619406236"},
		"TD1 with a long number": {"I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<", "D23145890734934071279507122"},
		"TD1":                    {"I<UTOL898902C<3<<<<<<<<<<<<<<<6908061F9406236UTO<<<<<<<<<<<2ERIKSSON<<ANNA<MARIA<<<<<<<<<<", "L898902C<369080619406236"},
		"TD3":                    {"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36UTO7408122F1204159ZE184226B<<<<<10", "L898902C3674081221204159"},
	} {
		k, err := newMRZKeys(tt.mrz)
		if err != nil || k.info != tt.want {
			t.Errorf("%s: %q, %v", name, k.info, err)
		}
	}
}

func TestMRZRefused(t *testing.T) {
	const good = "I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2STEVENSON<<PETER<JOHN<<<<<<<<<"
	for name, mrz := range map[string]string{
		"empty": "", "one short": good[1:], "wrong digit": strings.Replace(good, "7349", "7348", 1),
		"long number without rest": strings.Replace(good, "7349", "<<<<", 1), "small letter": strings.Replace(good, "D23", "d23", 1),
	} {
		if _, err := newMRZKeys(mrz); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestLongNumber(t *testing.T) {
	const short = "IDVNM0900006386001090000638<<79003152M3003150VNM<<<<<<<<<<<6NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<"
	long, err := LongNumber(short)
	if err != nil || len(long) != 90 || long[14] != '<' || long[30:59] != short[30:59] || long[60:] != short[60:] {
		t.Fatalf("%q, %v", long, err)
	}
	k, err := newMRZKeys(long)
	if err != nil || !strings.HasPrefix(k.info, "090000638001") {
		t.Errorf("%q, %v", k.info, err)
	}
	if _, err := LongNumber(short[2:]); err == nil {
		t.Error("no TD1, and accepted")
	}
}
