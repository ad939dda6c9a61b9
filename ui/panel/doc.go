// Package panel lets a program on the same machine see a kiosk's screen and
// touch it, over a unix socket: for development, for the end-to-end tests and
// for machines without a display. It is used with the memory backend of package
// raylib.
//
// It shows everything that the citizen sees and tells everything that is spoken
// to a person who does not see it, names and portraits included, and
// whoever reaches it holds the screen in their hands. So it must never be part
// of a terminal's image: the server side is compiled only with the build tag
// "memory", which no board's build has. The client is always there; without a
// server it is good for nothing. The socket belongs to its user alone (0600).
//
// # Protocol
//
// Each message is a length (four bytes, big endian, counting what follows), one
// byte that says what it is, and a body.
//
//	to the kiosk   T  touch: phase (1 byte), x, y (4 bytes each, signed)
//	               K  key of the keypad: button (1 byte), 1 if it is held and repeats (1 byte)
//	               F  ask for the current frame
//	               W  watch: 1 to have every new frame sent, 0 to stop
//	to the client  s  scene as JSON, sent at once and after every change
//	               f  frame: sequence number (8 bytes), PNG
//	               u  utterance as JSON: what is spoken from now on
//
// Scenes and utterances arrive in order. Frames may be left out: a client that is slow gets
// the newest one when it is ready, and the kiosk never waits for it.
package panel
