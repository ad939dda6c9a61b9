package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
)

// ask tells the person what to do, in both languages: whoever stands there may
// not be who typed the command.
func (d *consultation) ask(vi, en string) { fmt.Fprintf(d.errs, "%s\n  %s\n", vi, en) }

// reply is what a person said.
type reply uint8

const (
	unanswered reply = iota
	answeredYes
	answeredNo
)

// answer asks a question and waits for a line. No line in time, or the end of
// the input, is no answer.
func (d *consultation) answer(ctx context.Context, vi, en string) reply {
	d.ask(vi+" [c/k]", en+" [y/n]")
	within, cancel := context.WithTimeout(ctx, d.flags.tests.wait)
	defer cancel()
	for {
		line, ok := d.line(within)
		if !ok {
			d.ask("Không trả lời.", "No answer.")
			return unanswered
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "c", "co", "có", "y", "yes":
			return answeredYes
		case "k", "khong", "không", "n", "no":
			return answeredNo
		}
		d.ask("Gõ c (có) hoặc k (không).", "Type y or n.")
	}
}

// line waits for the next line of the input. One goroutine reads them all: a
// read of the terminal cannot be called off.
func (d *consultation) line(ctx context.Context) (string, bool) {
	if d.lines == nil {
		d.lines = make(chan string)
		go readLines(d.in, d.lines)
	}
	select {
	case s, ok := <-d.lines:
		return s, ok
	case <-ctx.Done():
		return "", false
	}
}

func readLines(in io.Reader, to chan<- string) {
	defer close(to)
	for s := bufio.NewScanner(in); s.Scan(); {
		to <- s.Text()
	}
}
