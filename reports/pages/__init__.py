"""Page models: findings in, finished strings out. The templates only lay them out."""
