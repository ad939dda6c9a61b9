package escpos_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"tram06/hal"
	"tram06/hal/escpos"
	"tram06/hal/escpos/sim"
	"tram06/hal/supervisor"
)

// stopwatch notes when the first byte of a picture reaches the printer.
type stopwatch struct {
	io.ReadWriteCloser
	mu    sync.Mutex
	first time.Time
	bytes int
}

func (s *stopwatch) Read(b []byte) (int, error) {
	n, err := s.ReadWriteCloser.Read(b)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.bytes += n; s.first.IsZero() && bytes.Contains(b[:n], []byte("\x1dv0")) {
		s.first = time.Now()
	}
	return n, err
}

// BenchmarkReceipt prints a page of 1,600 rows on a printer under a supervisor
// that is polled all the time.
func BenchmarkReceipt(b *testing.B) {
	for _, poll := range []time.Duration{3 * time.Second, time.Microsecond} {
		b.Run(fmt.Sprint("polled every ", poll), func(b *testing.B) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithCancel(b.Context())
			var running sync.WaitGroup
			watch := &stopwatch{}
			head := sim.New(sim.Options{Rows: 1 << 40, OnError: func(err error) { b.Error(err) }})
			running.Go(func() {
				c, err := ln.Accept()
				if err != nil {
					return
				}
				watch.ReadWriteCloser = c
				_ = head.Attach(ctx, watch)
			})
			printers := make(chan hal.Printer)
			running.Go(func() {
				_ = supervisor.Run(ctx, supervisor.Options[hal.Printer]{
					URI:      "escpos+tcp://" + ln.Addr().String(),
					Registry: hal.Registry{"escpos+tcp": escpos.Opener(escpos.Options{Poll: poll})},
					Key:      hal.KeyPrinterGone,
					Use: func(ctx context.Context, p hal.Printer) error {
						printers <- p
						<-ctx.Done()
						return ctx.Err()
					},
				})
			})
			p := <-printers
			page := receipt(576, 1600, 1)
			if err := p.Print(ctx, "the first one finds out what the printer can", page); err != nil {
				b.Fatal(err)
			}
			var first, worst time.Duration
			n, sent := 0, 0
			for b.Loop() {
				watch.mu.Lock()
				watch.first, watch.bytes = time.Time{}, 0
				watch.mu.Unlock()
				began := time.Now()
				if err := p.Print(ctx, fmt.Sprint("job ", n), page); err != nil {
					b.Fatal(err)
				}
				watch.mu.Lock()
				d := watch.first.Sub(began)
				sent = watch.bytes
				watch.mu.Unlock()
				first += d
				worst = max(worst, d)
				n++
			}
			b.ReportMetric(float64(first.Microseconds())/float64(n)/1000, "ms-to-first-byte")
			b.ReportMetric(float64(worst.Microseconds())/1000, "ms-at-worst")
			b.ReportMetric(float64(sent), "bytes/page")
			cancel()
			_ = ln.Close()
			running.Wait()
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	page := receipt(576, 1600, 1)
	var n int
	for b.Loop() {
		prog, err := escpos.Encode(page, 576)
		if err != nil {
			b.Fatal(err)
		}
		n = len(prog.Bytes())
	}
	b.ReportMetric(float64(n), "bytes/page")
}

func BenchmarkSimulatorInterprets(b *testing.B) {
	prog, err := escpos.Encode(receipt(576, 1600, 1), 576)
	if err != nil {
		b.Fatal(err)
	}
	data := append(bytes.Clone(setup), prog.Bytes()...)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		s := sim.New(sim.Options{})
		if err := s.Attach(b.Context(), &replay{Reader: bytes.NewReader(data)}); err != nil && !errors.Is(err, io.EOF) {
			b.Fatal(err)
		}
	}
}
