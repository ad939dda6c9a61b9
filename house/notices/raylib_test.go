package main

import "testing"

func TestHeaderNotices(t *testing.T) {
	const header = `/*
 * Copyright (c) 2018 Nguyen Van Mau
 *
 * Do with this what you like, without
 * warranty of ANY DEALINGS IN THE
 * SOFTWARE.
 */
int x; // the word Copyright in 2018
/*
Copyright (c) 2021, Tran Thi Mau - https://example.vn
SPDX-License-Identifier: MIT
*/
// Copyright 2020 only a name
// and no terms
`
	want := []headerNotice{
		{"Copyright (c) 2018 Nguyen Van Mau", "Do with this what you like, without\nwarranty of ANY DEALINGS IN THE\nSOFTWARE."},
		{"Copyright (c) 2021, Tran Thi Mau - https://example.vn", "SPDX-License-Identifier: MIT"},
	}
	got := headerNotices(header)
	if len(got) != len(want) {
		t.Fatalf("%q", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got[i], want[i])
		}
	}
}
