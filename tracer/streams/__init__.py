"""Results that go on after the call: generators and the streams of clients, measured.

Chunks are joined in `tracer/formats` and `tracer/answers`.
"""
