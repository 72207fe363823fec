"""What a build has once it has begun, and how it ends."""
