package cccd_test

import (
	"context"
	"crypto/rand"
	"runtime"
	"syscall"
	"testing"
	"time"

	"tram06/firmware/cccd"
	"tram06/firmware/emrtd/chipsim"
)

// BenchmarkRead is a whole reading with every proof that the card gives and a
// store of authorities. cpu-ms is the processor time of the reader's side alone:
// what the simulated chip needs on the same thread is taken off.
func BenchmarkRead(b *testing.B) {
	i := newIssuer(b)
	c := citizen(b, "mau")
	access := scan(b, c)
	for _, name := range []string{"card-2021", "bac-only", "ca-bac", "pace-cam", "aa-rsa-2048", "pace-brainpoolp512r1",
		"short-apdu", "jpeg2000", "sod-rsa-pss", "sod-brainpool-explicit"} {
		p, ok := chipsim.PersonalityNamed(name)
		if !ok {
			b.Fatalf("no personality %q", name)
		}
		b.Run(name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			f := i.issue(b, c, p, nil)
			var chip time.Duration
			wire := transmit(func(ctx context.Context, cmd []byte) ([]byte, error) {
				began := threadTime(b)
				out, err := f.Transmit(ctx, cmd)
				chip += threadTime(b) - began
				return out, err
			})
			apdus := 0
			began := threadTime(b)
			for b.Loop() {
				f.chip.Reset()
				got, err := cccd.Read(b.Context(), wire, access, cccd.Options{Rand: rand.Reader, Now: time.Now, Trust: i.store, AllProofs: true})
				if err != nil {
					b.Fatal(err)
				}
				apdus = got.Report.APDUs
			}
			own := threadTime(b) - began - chip
			b.ReportMetric(own.Seconds()*1000/float64(b.N), "cpu-ms")
			b.ReportMetric(float64(apdus), "APDUs")
		})
	}
}

// rusageThread is RUSAGE_THREAD of getrusage(2).
const rusageThread = 1

func threadTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(rusageThread, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
